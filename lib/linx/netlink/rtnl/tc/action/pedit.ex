defmodule Linx.Netlink.Rtnl.Tc.Action.Pedit do
  @moduledoc """
  Action that edits a packet.

  Kernel side: `TCA_PEDIT_*` of `include/uapi/linux/tc_act/tc_pedit.h`.

      {:pedit, munge: [ip: [ttl: :decrement], eth: [dst: {:set, "02:00:00:00:00:01"}]]}
      {:pedit, munge: [ip: [tos: {:set, 0x10, 0x1C}], network: [{{4, :u16}, {:set, 7}}]]}

  `:munge` is a list of headers with their edits, each a field and a command.

  | header | fields |
  |---|---|
  | `:eth` | `:dst`, `:src`, `:type` |
  | `:ip` | `:ihl`, `:tos` or `:dsfield`, `:ttl`, `:protocol`, `:src`, `:dst` |
  | `:ip6` | `:traffic_class`, `:flow_lbl`, `:payload_len`, `:nexthdr`, `:hoplimit`, `:src`, `:dst` |
  | `:tcp` | `:sport`, `:dport`, `:flags` |
  | `:udp` | `:sport`, `:dport` |
  | `:network` | none: the header of the network layer, whatever it is |

  In the place of the name of a field may be `{offset, size}` in the header, with `:u8`, `:u16` or `:u32` and
  an offset that is a multiple of this size, or `{offset, size, {at, offmask, shift}}`: the byte at the offset
  `at`, with the mask and shifted to the right, is added to the offset.

  | command | meaning |
  |---|---|
  | `{:set, value}` | a number, or an address |
  | `{:set, number, mask}` | the bits of the mask are set |
  | `{:add, number}` | addition, to a field of 1, 2 or 4 bytes |
  | `:decrement` | addition of 255, to a field of one byte |
  | `:clear`, `:invert` | all bits of the field |

  A sum is modulo 256 in a field of one byte. The kernel adds words in the byte order of the machine: in a longer
  field on a little endian machine, a byte whose sum is above 255 carries into the byte behind it, not into the
  one in front. The result is the sum where no byte carries.

  `parms/1` reads the parameters, with the edits as words of 4 bytes; `keys_ex` has the header and command of each.

  Checksums stay as they are: an action of the kind `:csum` computes them. Without `:control` the packet passes.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.Tm
  alias __MODULE__.{KeyEx, Munge, Parms}

  codec prefix: "TCA_PEDIT_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, :binary, "parameters, where all edits are of the network layer's header"
    attr 4, :parms_ex, :binary, "parameters of edits of several headers"

    attr 5, :keys_ex, {:array, {:nested, KeyEx}, 6}, "header and command of each edit",
      element: "TCA_PEDIT_KEY_EX"
  end

  options(munge: {{:check, &Munge.cast/1, "list of headers with edits"}, "edits", required: true})

  @doc false
  @impl true
  def build(%{munge: edits}) do
    {keys, keys_ex} = Enum.unzip(edits)

    {:ok,
     %__MODULE__{parms_ex: Parms.encode(%Parms{action: :pass, keys: keys}), keys_ex: keys_ex}}
  end

  @doc """
  The parameters and the edits; `nil` without them.
  """
  @spec parms(t()) :: Parms.t() | nil
  def parms(%__MODULE__{parms: parms, parms_ex: parms_ex}) do
    case parms_ex || parms do
      nil -> nil
      bytes -> Parms.decode(bytes)
    end
  end
end

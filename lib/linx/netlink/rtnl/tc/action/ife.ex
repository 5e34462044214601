defmodule Linx.Netlink.Rtnl.Tc.Action.Ife do
  @moduledoc """
  Action that puts a packet with metadata into an Ethernet packet, or takes it out (ForCES inter-FE, RFC 8013).

  Kernel side: `TCA_IFE_*` of `include/uapi/linux/tc_act/tc_ife.h`.

      {:ife, encode: true, allow: [:mark], use: [prio: 5], dst: "02:00:00:00:00:01"}
      {:ife, decode: true}

  One of `:encode` and `:decode` is required. Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.MAC
  alias Linx.Netlink.Rtnl.Tc.Action.{Tm, Verb}
  alias __MODULE__.{Metadata, Parms}

  codec prefix: "TCA_IFE_" do
    attr 1, :parms, Parms, "parameters"
    attr 2, :tm, Tm, "times", volatile: true
    attr 3, :dmac, MAC, "destination address"
    attr 4, :smac, MAC, "source address"
    attr 5, :type, :u16, "EtherType"
    attr 6, :metalst, {:nested, Metadata}, "metadata"
  end

  options(
    encode: {:flag, "put the packet into another one"},
    decode: {:flag, "take the packet out"},
    allow:
      {{:check, &Metadata.cast_allow/1, "list of `:mark`, `:prio`, `:tcindex`"},
       "metadata of the packet to send"},
    use:
      {{:check, &Metadata.cast_use/1,
        "keyword list of `:mark`, `:prio`, `:tcindex` with numbers"},
       "metadata with these values to send"},
    dst: {:mac, "destination address, that of the packet if not given"},
    src: {:mac, "source address, that of the packet if not given"},
    type: {1..0xFFFF, "EtherType, 0xED3E if not given"}
  )

  @doc false
  @impl true
  def build(given) do
    with {:ok, verb} <-
           Verb.one(given, encode: [:allow, :use, :dst, :src, :type], decode: []) do
      fields = Map.merge(Map.get(given, :allow, %{}), Map.get(given, :use, %{}))

      {:ok,
       %__MODULE__{
         parms: %Parms{action: :pipe, flags: verb},
         dmac: given[:dst],
         smac: given[:src],
         type: given[:type],
         metalst: if(fields != %{}, do: struct!(Metadata, fields))
       }}
    end
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Cbs do
  @moduledoc """
  Credit based shaper of IEEE 802.1Q.

  Kernel side: `TCA_CBS_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :cbs, parent: "1:1",
        idleslope: 20_000, sendslope: -980_000, hicredit: 30, locredit: -1470)

  Slopes are kbit/s, as those of `tc`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias __MODULE__.Parms

  @s32 -0x80000000..0x7FFFFFFF

  codec prefix: "TCA_CBS_" do
    attr 1, :parms, Parms, "parameters"
  end

  options(
    idleslope: {@s32, "rate at which credit grows while packets wait, kbit/s, 0 if not given"},
    sendslope:
      {@s32, "rate at which credit changes while packets are sent, kbit/s, 0 if not given"},
    hicredit: {@s32, "largest credit, bytes, 0 if not given"},
    locredit: {@s32, "least credit, bytes, 0 if not given"},
    offload: {:bool, "let the hardware do the work"}
  )

  @doc false
  @impl true
  def build(given), do: {:ok, %__MODULE__{parms: struct!(Parms, given)}}
end

defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Etf do
  @moduledoc """
  Earliest transmission time first: packets are sent at the time that their socket has set.

  Kernel side: `TCA_ETF_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :etf, parent: "1:1", clockid: :tai, delta: 200_000)
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Clock
  alias __MODULE__.Parms

  codec prefix: "TCA_ETF_" do
    attr 1, :parms, Parms, "parameters"
  end

  @flags [:deadline_mode, :offload, :skip_sock_check]

  options(
    clockid:
      {{:enum, Clock.ids()}, "clock, of which the kernel takes `:tai`",
       required: true, values: "CLOCK_"},
    delta: {0..0x7FFFFFFF, "time that a packet leaves the queue ahead, ns, 0 if not given"},
    deadline_mode: {:boolean, "the time of a packet is the latest one"},
    offload: {:boolean, "let the hardware send at the time"},
    skip_sock_check: {:boolean, "take packets of sockets without a time"}
  )

  @doc false
  @impl true
  def build(given) do
    flags = for flag <- @flags, given[flag], do: flag
    parms = %Parms{delta: given[:delta] || 0, clockid: given.clockid, flags: flags}
    {:ok, %__MODULE__{parms: parms}}
  end
end

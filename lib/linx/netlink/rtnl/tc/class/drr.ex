defmodule Linx.Netlink.Rtnl.Tc.Class.Drr do
  @moduledoc """
  Class of deficit round robin, the qdisc `:drr`.

  Kernel side: `TCA_DRR_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Class.add(sock, "eth0", :drr, parent: "1:", classid: "1:10", quantum: 3000)
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  codec prefix: "TCA_DRR_" do
    attr 1, :quantum, :u32, "bytes sent in a round"
  end

  options(quantum: {Units.size(), "bytes sent in a round, the MTU of the link if not given"})

  # The kernel requires the options of a new class, even if there are none.
  @doc false
  @impl true
  def build(given), do: {:ok, struct!(__MODULE__, given)}
end

defmodule Linx.Netlink.Rtnl.Tc.Class.Qfq do
  @moduledoc """
  Class of quick fair queueing, the qdisc `:qfq`.

  Kernel side: `TCA_QFQ_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Class.add(sock, "eth0", :qfq, parent: "1:", classid: "1:10", weight: 5)
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "TCA_QFQ_" do
    attr 1, :weight, :u32, "weight"
    attr 2, :lmax, :u32, "largest packet, bytes"
  end

  options(
    weight: {1..1023, "weight, 1 if not given"},
    maxpkt:
      {512..0xFFFFFFFF, "largest packet, bytes, the MTU of the link if not given", field: [:lmax]}
  )

  # The kernel requires the options of a new class, even if there are none.
  @doc false
  @impl true
  def build(given), do: {:ok, struct!(__MODULE__, given)}
end

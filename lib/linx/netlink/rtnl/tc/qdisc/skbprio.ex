defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Skbprio do
  @moduledoc """
  Queue that drops packets of the lowest priority when it is full.

  Kernel side: `struct tc_skbprio_qopt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :skbprio, limit: 100)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec do
    header "struct tc_skbprio_qopt" do
      field :limit, :u32, "length of the queue, packets"
    end
  end

  options(limit: {0..0xFFFFFFFF, "length of the queue, packets"})
end

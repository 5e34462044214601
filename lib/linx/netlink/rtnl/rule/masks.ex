defmodule Linx.Netlink.Rtnl.Rule.Masks do
  @moduledoc """
  What few rules look at: the IPv6 flow label, and parts of ports and DSCP.

  Kernel side: `FRA_*` of `include/uapi/linux/fib_rules.h`, from Linux 6.14 and 6.15.
  """

  use Linx.Netlink.Codec

  codec prefix: "FRA_" do
    attr 26, :flowlabel, :be32
    attr 27, :flowlabel_mask, :be32
    attr 28, :sport_mask, :u16
    attr 29, :dport_mask, :u16
    attr 30, :dscp_mask, :u8
  end
end

defmodule Linx.Netlink.Rtnl.Rule.Masks do
  @moduledoc """
  Masks of a rule: the bits of flow label, ports and DSCP that it compares.

  Kernel side: `FRA_*` of `include/uapi/linux/fib_rules.h`, from Linux 6.14 (`flowlabel_mask`) and 6.15.
  """

  use Linx.Netlink.Codec

  codec prefix: "FRA_" do
    attr 27, :flowlabel_mask, :be32, "bits of the flow label that are compared"
    attr 28, :sport_mask, :u16, "bits of the source port that are compared"
    attr 29, :dport_mask, :u16, "bits of the destination port that are compared"
    attr 30, :dscp_mask, :u8, "bits of the DSCP that are compared"
  end
end

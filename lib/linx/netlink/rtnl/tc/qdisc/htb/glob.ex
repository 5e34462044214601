defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Htb.Glob do
  @moduledoc """
  Parameters of a hierarchical token bucket.

  Kernel side: `struct tc_htb_glob` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_htb_glob" do
      field :version, :u32, "version: major in the upper 16 bits, minor"
      field :rate2quantum, :u32, "divisor of rates to quanta"
      field :defcls, :u32, "minor number of the class of unclassified traffic"
      field :debug, :u32, "not used"
      field :direct_pkts, :u32, "packets of unclassified traffic sent", volatile: true
    end
  end
end

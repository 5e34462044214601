defmodule Linx.Netlink.Rtnl.Tc.Filter.Basic.Pcnt do
  @moduledoc """
  Counters of a filter by extended matches.

  Kernel side: `struct tc_basic_pcnt` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_basic_pcnt" do
      field :rcnt, :u64, "packets seen", volatile: true
      field :rhit, :u64, "packets matched", volatile: true
    end
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Filter.Matchall.Pcnt do
  @moduledoc """
  Counter of a filter that matches every packet.

  Kernel side: `struct tc_matchall_pcnt` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_matchall_pcnt" do
      field :rhit, :u64, "packets", volatile: true
    end
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Header do
  @moduledoc false
  # Header of the messages of qdiscs, classes, filters and chains.

  use Linx.Netlink.Codec

  codec do
    header "struct tcmsg", prefix: "tcm_" do
      field :family, :u8, "reserved"
      pad 3
      field :ifindex, :s32, "index of the link"
      field :handle, :u32, "handle"
      field :parent, :u32, "handle of the parent"
      field :info, :u32, "reference count of a qdisc; priority and protocol of a filter"
    end
  end
end

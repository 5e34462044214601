defmodule Linx.Netlink.Rtnl.Tc.Ematch.Header do
  @moduledoc """
  Header of extended matches.

  Kernel side: `struct tcf_ematch_tree_hdr` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tcf_ematch_tree_hdr" do
      field :nmatches, :u16, "number of tests"
      field :progid, :u16, "program that made them, 0"
    end
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Ematch.Meta.Header do
  @moduledoc false
  # Two `struct tcf_meta_val` of include/uapi/linux/tc_ematch/tc_em_meta.h.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Ematch.Meta.Value

  codec do
    header "struct tcf_meta_hdr" do
      embed :left, Value
      embed :right, Value
    end
  end
end

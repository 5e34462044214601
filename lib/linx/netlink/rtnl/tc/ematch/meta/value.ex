defmodule Linx.Netlink.Rtnl.Tc.Ematch.Meta.Value do
  @moduledoc false
  # An object or a value.

  use Linx.Netlink.Codec

  codec do
    header "struct tcf_meta_val" do
      field :kind, :u16, "type in the upper 4 bits, id"
      field :shift, :u8, "bits to shift"
      field :op, :u8, "operator"
    end
  end
end

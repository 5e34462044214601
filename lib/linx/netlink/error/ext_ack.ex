defmodule Linx.Netlink.Error.ExtAck do
  @moduledoc false
  # `NLMSGERR_ATTR_*` of `include/uapi/linux/netlink.h`.

  use Linx.Netlink.Codec

  codec prefix: "NLMSGERR_ATTR_" do
    attr 1, :msg, :string
    attr 2, :offs, :u32
    attr 3, :cookie, :binary
    attr 4, :policy, Linx.Netlink.Error.Policy
    attr 5, :miss_type, :u32
    attr 6, :miss_nest, :u32
  end
end

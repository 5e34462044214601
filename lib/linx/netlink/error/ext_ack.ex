defmodule Linx.Netlink.Error.ExtAck do
  @moduledoc false
  # `NLMSGERR_ATTR_*` of `include/uapi/linux/netlink.h`.

  use Linx.Netlink.Codec

  codec prefix: "NLMSGERR_ATTR_" do
    attr 1, :msg, :string, "message, in English"
    attr 2, :offs, :u32, "start of the refused attribute, bytes from the start of the message"
    attr 3, :cookie, :binary, "data of the subsystem"
    attr 4, :policy, Linx.Netlink.Error.Policy, "the values that the kernel accepts"
    attr 5, :miss_type, :u32, "number of a missing attribute"
    attr 6, :miss_nest, :u32, "start of the nest that lacks it, bytes from the start"
  end
end

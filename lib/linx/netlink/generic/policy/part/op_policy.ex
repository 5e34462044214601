defmodule Linx.Netlink.Generic.Policy.Part.OpPolicy do
  @moduledoc """
  Policies of one command, by index.

  Kernel side: `CTRL_ATTR_POLICY_*` of `include/uapi/linux/genetlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "CTRL_ATTR_POLICY_" do
    attr 1, :do, :u32, "policy of a request"
    attr 2, :dump, :u32, "policy of a list"
  end
end

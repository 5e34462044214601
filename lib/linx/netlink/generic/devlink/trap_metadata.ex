defmodule Linx.Netlink.Generic.Devlink.TrapMetadata do
  @moduledoc """
  What a packet trap reports besides the packet.

  Kernel side: `DEVLINK_ATTR_TRAP_METADATA_TYPE_*` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_ATTR_TRAP_METADATA_TYPE_" do
    attr 0, :in_port, :flag, "port that received the packet"
    attr 1, :fa_cookie, :flag, "cookie of the flow action that dropped the packet"
  end
end

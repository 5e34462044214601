defmodule Linx.Netlink.Generic.Family.Body do
  @moduledoc """
  Attributes of a family, as the controller sends them. `Linx.Netlink.Generic.Family` is made of them.

  Kernel side: `CTRL_ATTR_*` of `include/uapi/linux/genetlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Family.{McastGroup, Op}
  alias Linx.Netlink.Generic.Header

  codec prefix: "CTRL_ATTR_" do
    header Header
    attr 1, :family_id, :u16, "message type of the family"
    attr 2, :family_name, :string, "name, up to 15 bytes"
    attr 3, :version, :u32, "version"
    attr 4, :hdrsize, :u32, "header of the family's messages, bytes"
    attr 5, :maxattr, :u32, "largest attribute number, 0 if commands have policies of their own"
    attr 6, :ops, {:array, {:nested, Op}}, "commands"
    attr 7, :mcast_groups, {:array, {:nested, McastGroup}}, "multicast groups"
  end
end

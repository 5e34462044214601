defmodule Linx.Netlink.Generic.Family.Op do
  @moduledoc """
  Command of a family.

  Kernel side: `CTRL_ATTR_OP_*` of `include/uapi/linux/genetlink.h`. Flags:

    * `:admin_perm` - needs `CAP_NET_ADMIN` in the initial user namespace;
    * `:uns_admin_perm` - needs `CAP_NET_ADMIN` in the user namespace of the socket's namespace;
    * `:cmd_cap_do` - does one thing; `:cmd_cap_dump` - lists;
    * `:cmd_cap_haspol` - has a policy, see `Linx.Netlink.Generic.policy/3`.
  """

  use Linx.Netlink.Codec

  # GENL_* of include/uapi/linux/genetlink.h.
  @flags [
    admin_perm: 0x1,
    cmd_cap_do: 0x2,
    cmd_cap_dump: 0x4,
    cmd_cap_haspol: 0x8,
    uns_admin_perm: 0x10
  ]

  codec prefix: "CTRL_ATTR_OP_" do
    attr 1, :id, :u32, "number of the command"
    attr 2, :flags, {:flags, :u32, @flags}, "privilege and abilities", values: "GENL_"
  end
end

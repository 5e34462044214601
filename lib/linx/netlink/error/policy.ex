defmodule Linx.Netlink.Error.Policy do
  @moduledoc """
  The values that the kernel accepts for an attribute that it refused.

  Kernel side: `NL_POLICY_TYPE_ATTR_*` of `include/uapi/linux/netlink.h`. Fields
  that do not apply to the type are `nil`.

      {:error, error} = Linx.Netlink.Rtnl.Link.create(sock, "v", "vlan", parent: "eth0", id: 4094, mtu: 9)
      {error.policy.type, error.policy.min_value_u}

  Lengths are in bytes; `:max_length` of a string leaves room for its NUL.
  """

  use Linx.Netlink.Codec

  @types [
    invalid: 0,
    flag: 1,
    u8: 2,
    u16: 3,
    u32: 4,
    u64: 5,
    s8: 6,
    s16: 7,
    s32: 8,
    s64: 9,
    binary: 10,
    string: 11,
    nul_string: 12,
    nested: 13,
    nested_array: 14,
    bitfield32: 15,
    sint: 16,
    uint: 17
  ]

  codec prefix: "NL_POLICY_TYPE_ATTR_" do
    attr 1, :type, {:enum, :u32, @types}, values: "NL_ATTR_TYPE_"
    attr 2, :min_value_s, :s64
    attr 3, :max_value_s, :s64
    attr 4, :min_value_u, :u64
    attr 5, :max_value_u, :u64
    attr 6, :min_length, :u32
    attr 7, :max_length, :u32
    attr 8, :policy_idx, :u32
    attr 9, :policy_maxtype, :u32
    attr 10, :bitfield32_mask, :u32
    attr 12, :mask, :u64
  end
end

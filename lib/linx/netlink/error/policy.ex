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
    attr 1, :type, {:enum, :u32, @types}, "type of the payload", values: "NL_ATTR_TYPE_"
    attr 2, :min_value_s, :s64, "smallest value, of a signed type"
    attr 3, :max_value_s, :s64, "largest value, of a signed type"
    attr 4, :min_value_u, :u64, "smallest value, of an unsigned type"
    attr 5, :max_value_u, :u64, "largest value, of an unsigned type"
    attr 6, :min_length, :u32, "smallest length, bytes"
    attr 7, :max_length, :u32, "largest length, bytes"
    attr 8, :policy_idx, :u32, "number of the policy of a nest"
    attr 9, :policy_maxtype, :u32, "largest attribute number of a nest"
    attr 10, :bitfield32_mask, :u32, "valid bits of a bitfield"
    attr 12, :mask, :u64, "valid bits of an unsigned type"
  end
end

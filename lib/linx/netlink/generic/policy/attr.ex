defmodule Linx.Netlink.Generic.Policy.Attr do
  @moduledoc """
  Policy of one attribute: the values that the kernel accepts.

  Kernel side: `NL_POLICY_TYPE_ATTR_*` of `include/uapi/linux/netlink.h`.
  """

  defstruct [:type, :min, :max, :min_length, :max_length, :mask, :policy]

  @typedoc """
  Fields, `nil` where the kernel says nothing:

    * `:type` - type of the payload, such as `:u32`, `:nul_string` or `:nested`;
    * `:min`, `:max` - limits of an integer;
    * `:min_length`, `:max_length` - limits of the length, bytes; that of a string without its NUL;
    * `:mask` - valid bits of an integer or a bitfield;
    * `:policy` - index of the policy of the attributes in it.
  """
  @type t :: %__MODULE__{
          type: atom() | non_neg_integer() | nil,
          min: integer() | nil,
          max: integer() | nil,
          min_length: non_neg_integer() | nil,
          max_length: non_neg_integer() | nil,
          mask: non_neg_integer() | nil,
          policy: non_neg_integer() | nil
        }
end

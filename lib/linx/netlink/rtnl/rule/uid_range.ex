defmodule Linx.Netlink.Rtnl.Rule.UidRange do
  @moduledoc """
  User ids from `start` to `end`, both included.

  Kernel side: `struct fib_rule_uid_range` of `include/uapi/linux/fib_rules.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct fib_rule_uid_range" do
      field :start, :u32, "first user id"
      field :end, :u32, "last user id"
    end
  end
end

defmodule Linx.Netlink.Rtnl.Rule.PortRange do
  @moduledoc """
  Ports from `start` to `end`, both included.

  Kernel side: `struct fib_rule_port_range` of `include/uapi/linux/fib_rules.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct fib_rule_port_range" do
      field :start, :u16, "first port"
      field :end, :u16, "last port"
    end
  end
end

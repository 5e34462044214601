defmodule Linx.Netlink.Rtnl.Tc.Action.Tm do
  @moduledoc """
  Times of an action.

  Kernel side: `struct tcf_t` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tcf_t", default: nil do
      field :install, :u64, "time since the action was added, 1/100 s", volatile: true

      field :lastuse, :u64, "time since its last use, or since it was added, 1/100 s",
        volatile: true

      field :expires, :u64, "time left, 1/100 s; 0", volatile: true
      field :firstuse, :u64, "time since its first use, 1/100 s; 0 for none", volatile: true
    end
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Status do
  @moduledoc false
  # IPS_* of include/uapi/linux/netfilter/nf_conntrack_common.h.

  @names [
    expected: 0x1,
    seen_reply: 0x2,
    assured: 0x4,
    confirmed: 0x8,
    src_nat: 0x10,
    dst_nat: 0x20,
    seq_adjust: 0x40,
    src_nat_done: 0x80,
    dst_nat_done: 0x100,
    dying: 0x200,
    fixed_timeout: 0x400,
    template: 0x800,
    untracked: 0x1000,
    helper: 0x2000,
    offload: 0x4000,
    hw_offload: 0x8000
  ]

  @spec names() :: keyword(pos_integer())
  def names, do: @names
end

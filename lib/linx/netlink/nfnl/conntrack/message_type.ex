defmodule Linx.Netlink.Nfnl.Conntrack.MessageType do
  @moduledoc false
  # IPCTNL_MSG_CT_* of include/uapi/linux/netfilter/nfnetlink_conntrack.h.

  # NFNL_SUBSYS_CTNETLINK, the upper byte of each message's type.
  @subsys 1

  @names [new: 0, get: 1, delete: 2, get_ctrzero: 3, get_stats_cpu: 4, get_stats: 5]

  @spec names() :: keyword(byte())
  def names, do: @names

  @doc """
  The `nlmsg_type` of a message: subsystem and operation.
  """
  @spec number(atom()) :: 0..0xFFFF
  def number(name), do: @subsys * 256 + Keyword.fetch!(@names, name)
end

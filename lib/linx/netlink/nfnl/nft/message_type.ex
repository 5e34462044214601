defmodule Linx.Netlink.Nfnl.Nft.MessageType do
  @moduledoc false
  # NFT_MSG_* of include/uapi/linux/netfilter/nf_tables.h.

  # NFNL_SUBSYS_NFTABLES, the upper byte of each message's type.
  @subsys 10

  @names [
    newtable: 0,
    gettable: 1,
    deltable: 2,
    newchain: 3,
    getchain: 4,
    delchain: 5,
    newrule: 6,
    getrule: 7,
    delrule: 8,
    newset: 9,
    getset: 10,
    delset: 11,
    newsetelem: 12,
    getsetelem: 13,
    delsetelem: 14,
    newgen: 15,
    getgen: 16,
    trace: 17,
    newobj: 18,
    getobj: 19,
    delobj: 20,
    newflowtable: 22,
    getflowtable: 23,
    delflowtable: 24,
    destroytable: 26,
    destroychain: 27,
    destroyrule: 28,
    destroyset: 29,
    destroysetelem: 30,
    destroyobj: 31,
    destroyflowtable: 32
  ]

  @spec names() :: keyword(byte())
  def names, do: @names

  @doc """
  The `nlmsg_type` of a message: subsystem and operation.
  """
  @spec number(atom()) :: 0..0xFFFF
  def number(name), do: @subsys * 256 + Keyword.fetch!(@names, name)
end

defmodule Linx.Netlink.Nfnl.Family do
  @moduledoc false
  # Names of NFPROTO_* (include/uapi/linux/netfilter.h). Of two names for a number, the first is
  # the one that is decoded: :ip and :ip6 in nf_tables, as in `nft`; :ipv4 and :ipv6 elsewhere.

  @common [unspec: 0, inet: 1, arp: 3, netdev: 5, bridge: 7]
  @short [ip: 2, ip6: 10]
  @long [ipv4: 2, ipv6: 10]

  # Enum of nf_tables.
  @spec firewall() :: keyword()
  def firewall, do: @common ++ @short ++ [ipv4: :ip, ipv6: :ip6]

  # Enum of conntrack and of packet logs.
  @spec packet() :: keyword()
  def packet, do: @common ++ @long ++ [ip: :ipv4, ip6: :ipv6]

  @spec numbers() :: keyword(0..255)
  def numbers, do: @common ++ @short ++ @long
end

defmodule Linx.Netlink.Nfnl.Family do
  @moduledoc false
  # Names of NFPROTO_* (include/uapi/linux/netfilter.h). Of two names for a number, the
  # first is the one that is read: firewalls say ip and ip6, as `nft` does.

  @common [unspec: 0, inet: 1, arp: 3, netdev: 5, bridge: 7]
  @short [ip: 2, ip6: 10]
  @long [ipv4: 2, ipv6: 10]

  def firewall, do: @common ++ @short ++ @long
  def packet, do: @common ++ @long ++ @short

  def numbers, do: @common ++ @short ++ @long
end

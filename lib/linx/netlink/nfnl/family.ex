defmodule Linx.Netlink.Nfnl.Family do
  @moduledoc false
  # Names of NFPROTO_* (include/uapi/linux/netfilter.h). Of two names for a number, the
  # first is the one that is read: firewalls say ip and ip6, as `nft` does.

  @common [unspec: 0, inet: 1, arp: 3, netdev: 5, bridge: 7]
  @short [ip: 2, ip6: 10]
  @long [ipv4: 2, ipv6: 10]

  # For the codecs of firewalls and of packets.
  def firewall, do: @common ++ @short ++ [ipv4: :ip, ipv6: :ip6]
  def packet, do: @common ++ @long ++ [ip: :ipv4, ip6: :ipv6]

  def numbers, do: @common ++ @short ++ @long
end

defmodule Linx.Netlink.Nfnl.Nft.CtHelper do
  @moduledoc """
  Stateful object that assigns a helper such as `"ftp"` to connections: `NFTA_CT_HELPER_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`. `l4proto` is the protocol of the
  connections.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.IpProtocol
  alias Linx.Netlink.Nfnl.Family

  codec prefix: "NFTA_CT_HELPER_" do
    attr 1, :name, :string, "name of the helper, such as \"ftp\""

    attr 2, :l3proto, {:enum, :be16, Family.firewall()}, "family of the connections",
      values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

    attr 3, :l4proto, {:enum, :u8, IpProtocol.names()}, "IP protocol of the connections",
      values: "IPPROTO_"
  end
end

defmodule Linx.Netlink.Nfnl.PacketHeader do
  @moduledoc false
  # Header of the messages of conntrack and of packet logs. Their families have the names of
  # `Linx.Netlink.Nfnl.Family.packet/0`.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    header "struct nfgenmsg" do
      field :family, {:enum, :u8, Family.packet()}, "netfilter family",
        c: "nfgen_family",
        values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

      pad 1
      field :res_id, :be16, "number of the CPU or of the group"
    end
  end
end

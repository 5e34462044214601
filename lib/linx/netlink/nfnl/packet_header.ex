defmodule Linx.Netlink.Nfnl.PacketHeader do
  @moduledoc false
  # The header of messages about packets and connections, whose families have the names that `Linx.Netlink.Nfnl.Family.packet/0` reads.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    header "struct nfgenmsg" do
      field :family, {:enum, :u8, Family.packet()},
        c: "nfgen_family",
        values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

      pad 1
      field :res_id, :be16
    end
  end
end

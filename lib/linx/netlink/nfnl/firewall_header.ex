defmodule Linx.Netlink.Nfnl.FirewallHeader do
  @moduledoc false
  # The header of messages of nf_tables, whose families have the names that `Linx.Netlink.Nfnl.Family.firewall/0` reads.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    header "struct nfgenmsg" do
      field :family, {:enum, :u8, Family.firewall()},
        c: "nfgen_family",
        values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

      pad 1
      field :res_id, :be16
    end
  end
end

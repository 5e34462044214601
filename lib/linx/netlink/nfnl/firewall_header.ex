defmodule Linx.Netlink.Nfnl.FirewallHeader do
  @moduledoc false
  # Header of the messages of nf_tables. Their families have the names of
  # `Linx.Netlink.Nfnl.Family.firewall/0`.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    header "struct nfgenmsg" do
      field :family, {:enum, :u8, Family.firewall()}, "netfilter family",
        c: "nfgen_family",
        values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

      pad 1
      field :res_id, :be16, "low 16 bits of the ruleset's generation, set by the kernel"
    end
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Flowtable do
  @moduledoc """
  A flowtable: connections whose packets are forwarded from link to link without passing the chains.

  Kernel side: `NFTA_FLOWTABLE_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # flowtable fast { hook ingress priority filter; devices = { eth0, eth1 }; }
      Nft.add(%Nft.Flowtable{
        family: :inet,
        table: "fw",
        name: "fast",
        hook: %Nft.FlowHook{num: 0, priority: :filter, devs: ["eth0", "eth1"]}
      })

  A rule with `Linx.Netlink.Nfnl.Nft.Expr.FlowOffload` adds connections. The kernel sets `use` and
  `handle`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.FirewallHeader
  alias Linx.Netlink.Nfnl.Nft.FlowHook

  codec prefix: "NFTA_FLOWTABLE_" do
    header FirewallHeader, as: [res_id: nil]

    attr 1, :table, :string, "name of the table"
    attr 2, :name, :string, "name"
    attr 5, :handle, :be64, "handle, set by the kernel"
    attr 3, :hook, {:nested, FlowHook}, "hook and links"
    attr 4, :use, :be32, "number of rules, set by the kernel"

    attr 7,
         :flags,
         {:flags, :be32, hw_offload: 0x1, counter: 0x2},
         "offload to hardware, counting of packets",
         values: "NFT_FLOWTABLE_"
  end
end

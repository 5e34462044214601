defmodule Linx.Netlink.Nfnl.Nft.Chain do
  @moduledoc """
  A chain: rules in an order.

  Kernel side: `NFTA_CHAIN_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # Sees every packet for this machine, and drops what no rule accepts.
      Nft.add(%Nft.Chain{
        family: :inet,
        table: "filter",
        name: "input",
        type: "filter",
        hook: Nft.Hook.new(:inet, :input, 0),
        policy: :drop
      })

      # Sees what others jump to it with.
      Nft.add(%Nft.Chain{family: :inet, table: "filter", name: "ssh"})

  With a `hook` it is a base chain, and has a `type` (`"filter"`, `"nat"` or `"route"`) and
  a `policy`, which is to accept if not given. `id` names a chain within its transaction,
  before it has a `handle`. `use` is how many rules and jumps there are.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family
  alias Linx.Netlink.Nfnl.Nft.{Expr, Hook, VerdictCode}

  codec do
    header do
      field :family, {:enum, :u8, Family.firewall()}
      pad 3
    end

    attr 1, :table, :string
    attr 3, :name, :string
    attr 2, :handle, :be64
    attr 4, :hook, {:nested, Hook}
    attr 5, :policy, {:enum, :be32, VerdictCode.policies()}
    attr 6, :use, :be32
    attr 7, :type, :string
    attr 8, :counters, {:nested, Expr.Counter}
    attr 10, :flags, {:flags, :be32, base: 0x1, hw_offload: 0x2, binding: 0x4}
    attr 11, :id, :be32
    attr 12, :userdata, :binary
  end
end

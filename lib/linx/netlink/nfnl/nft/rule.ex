defmodule Linx.Netlink.Nfnl.Nft.Rule do
  @moduledoc """
  A rule: expressions, carried out one after the other until one fails or decides.

  Kernel side: `NFTA_RULE_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # tcp dport 22 counter accept
      Nft.add(%Nft.Rule{
        family: :inet,
        table: "filter",
        chain: "input",
        expressions: [
          %Expr.Meta{key: :l4proto, dreg: 1},
          %Expr.Cmp{sreg: 1, op: :eq, data: Nft.Data.value(<<6>>)},
          %Expr.Payload{base: :transport_header, offset: 2, len: 2, dreg: 1},
          %Expr.Cmp{sreg: 1, op: :eq, data: Nft.Data.value(<<22::16>>)},
          %Expr.Counter{},
          %Expr.Immediate{dreg: 0, data: Nft.Data.verdict(:accept)}
        ]
      })

  Read from the kernel, `expressions` are `Linx.Netlink.Nfnl.Nft.Expr` structs; the builders
  of `Linx.Netlink.Nfnl.Nft` take the bare ones inside as well.

  A rule has no name, only the `handle` that the kernel gives it. `position` is the handle of
  the rule that a new one is put behind (`Nft.add/1`) or in front of (`Nft.insert/1`); of a
  rule that was read, it is the one in front. `id` and `position_id` do the same within one
  transaction. `nft` keeps comments in `userdata`. `compat` is of rules that `iptables` made.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family
  alias Linx.Netlink.Nfnl.Nft.{Compat, Expr}

  codec do
    header do
      field :family, {:enum, :u8, Family.firewall()}
      pad 3
    end

    attr 1, :table, :string
    attr 2, :chain, :string
    attr 3, :handle, :be64
    attr 4, :expressions, {:array, {:nested, Expr}, 1}
    attr 5, :compat, {:nested, Compat}
    attr 6, :position, :be64
    attr 7, :userdata, :binary
    attr 9, :id, :be32
    attr 10, :position_id, :be32
    attr 11, :chain_id, :be32
  end
end

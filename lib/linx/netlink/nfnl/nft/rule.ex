defmodule Linx.Netlink.Nfnl.Nft.Rule do
  @moduledoc """
  A rule: expressions, evaluated in order until one fails or gives a verdict.

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

  `expressions` of a rule that was read are `Linx.Netlink.Nfnl.Nft.Expr` structs; functions of
  `Linx.Netlink.Nfnl.Nft` that write take the structs in their `data` as well.

  A rule has no name; the kernel assigns its `handle`. `position` is the handle of the rule after
  which (`Nft.add/1`) or before which (`Nft.insert/1`) a new rule is inserted; in a rule that was
  read, the handle of the rule before it. `id` and `position_id` have these roles within one batch.
  `nft` stores comments in `userdata`; see `Linx.Netlink.Nfnl.Nft.Userdata`. `compat` is set in rules
  that `iptables` made.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.FirewallHeader
  alias Linx.Netlink.Nfnl.Nft.{Compat, Expr}

  codec prefix: "NFTA_RULE_" do
    header FirewallHeader, as: [res_id: nil]

    attr 1, :table, :string, "name of the table"
    attr 2, :chain, :string, "name of the chain"
    attr 3, :handle, :be64, "handle, set by the kernel"

    attr 4, :expressions, {:array, {:nested, Expr}, 1}, "expressions, in order",
      element: "NFTA_LIST_ELEM"

    attr 5, :compat, {:nested, Compat}, "protocol match of iptables"
    attr 6, :position, :be64, "handle of the rule before or after it"
    attr 7, :userdata, :binary, "data opaque to the kernel, at most 256 bytes"
    attr 9, :id, :be32, "id within the batch"
    attr 10, :position_id, :be32, "id of the rule before or after it, within the batch"
    attr 11, :chain_id, :be32, "id of the chain within the batch"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Inner do
  @moduledoc """
  Evaluates `expr`, a `Linx.Netlink.Nfnl.Nft.Expr.Payload` or `Meta`, on the packet inside a tunnel.

  Kernel side: `NFTA_INNER_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # udp dport 4789 vxlan ip saddr ..., after expressions that compare the port
      Expr.Inner.new(:vxlan, %Expr.Meta{key: :protocol, dreg: 1}),
      %Expr.Cmp{sreg: 1, op: :eq, data: Nft.Data.value(<<0x0800::16>>)},
      Expr.Inner.new(:vxlan, %Expr.Payload{base: :network_header, offset: 12, len: 4, dreg: 1})

  The outer header is followed by the tunnel's header of `hdrsize` bytes (flag `:hdrsize`; with the
  `type` `:geneve` its options too), and then by the headers that the other flags name: link layer
  (`:ll`), network (`:nh`) and transport (`:th`). Expressions of one `type` in a packet must agree in
  the other fields. `num` is 0.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Expr

  codec prefix: "NFTA_INNER_" do
    attr 1, :num, :be32, "index of the expression, 0"
    attr 2, :type, {:enum, :be32, vxlan: 1, geneve: 2}, "tunnel protocol", values: "NFT_INNER_"

    attr 3,
         :flags,
         {:flags, :be32, hdrsize: 0x1, ll: 0x2, nh: 0x4, th: 0x8},
         "headers inside the tunnel",
         values: "NFT_INNER_"

    attr 4, :hdrsize, :be32, "length of the tunnel's header, bytes"
    attr 5, :expr, {:nested, Expr}, "expression to evaluate"
  end

  # Type, length of the header and flags, as nft sends them (src/proto.c). Types without a name in
  # the kernel are numbers of nft.
  @tunnels %{
    vxlan: {:vxlan, 8, [:hdrsize, :ll, :nh, :th]},
    geneve: {:geneve, 8, [:hdrsize, :ll, :nh, :th]},
    gre: {3, 4, [:nh, :th]},
    gretap: {4, 4, [:ll, :nh, :th]}
  }

  @doc """
  The expression that evaluates `expr` inside a tunnel, with the fields that `nft` sends.

  Raises `KeyError` for another tunnel.

      iex> alias Linx.Netlink.Nfnl.Nft.Expr
      iex> Expr.Inner.new(:gre, %Expr.Meta{key: :l4proto, dreg: 1})
      %Expr.Inner{
        num: 0,
        type: 3,
        flags: [:nh, :th],
        hdrsize: 4,
        expr: %Expr.Meta{key: :l4proto, dreg: 1}
      }
  """
  @spec new(:vxlan | :geneve | :gre | :gretap, struct()) :: t()
  def new(tunnel, expr) do
    {type, hdrsize, flags} = Map.fetch!(@tunnels, tunnel)
    %__MODULE__{num: 0, type: type, flags: flags, hdrsize: hdrsize, expr: expr}
  end
end

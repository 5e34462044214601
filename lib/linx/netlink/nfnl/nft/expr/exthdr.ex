defmodule Linx.Netlink.Nfnl.Nft.Expr.Exthdr do
  @moduledoc """
  Loads part of an extension header or option into `dreg`, or writes it from `sreg`; with the flag
  `:present`, loads whether it exists.

  Kernel side: `NFTA_EXTHDR_*` of `include/uapi/linux/netfilter/nf_tables.h`. `type` is the number of
  the header or option. With neither register, a TCP option is removed from the packet.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_EXTHDR_" do
    attr 1, :dreg, :be32, "destination register"
    attr 2, :type, :u8, "number of the header, option or chunk"
    attr 3, :offset, :be32, "offset in the header, bytes"
    attr 4, :len, :be32, "length of the value, bytes"

    attr 5, :flags, {:flags, :be32, present: 0x1}, "`:present` loads 1 or 0",
      values: "NFT_EXTHDR_F_"

    attr 6,
         :op,
         {:enum, :be32, ipv6: 0, tcpopt: 1, ipv4: 2, sctp: 3, dccp: 4},
         "protocol of the header or option",
         values: "NFT_EXTHDR_OP_"

    attr 7, :sreg, :be32, "source register"
  end

  @doc false
  # The kernel refuses attributes that it dumps of an expression that writes or removes
  # (net/netfilter/nft_exthdr.c).
  @spec writable(t()) :: t()
  def writable(%__MODULE__{dreg: nil, sreg: nil} = exthdr),
    do: %{exthdr | flags: nil, offset: nil, len: nil}

  def writable(%__MODULE__{dreg: nil} = exthdr), do: %{exthdr | flags: nil}
  def writable(exthdr), do: exthdr
end

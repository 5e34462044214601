defmodule Linx.Netlink.Nfnl.Nft.Expr.Fib do
  @moduledoc """
  Looks up the packet's route and loads the `result` into `dreg`; with the flag `:present`, loads
  whether there is a route.

  Kernel side: `NFTA_FIB_*` of `include/uapi/linux/netfilter/nf_tables.h`. The other flags are the
  keys of the lookup.

      # fib saddr . iif oif missing
      %Expr.Fib{result: :oif, flags: [:saddr, :iif, :present], dreg: 1}
  """

  use Linx.Netlink.Codec

  @flags [saddr: 0x1, daddr: 0x2, mark: 0x4, iif: 0x8, oif: 0x10, present: 0x20]

  codec prefix: "NFTA_FIB_" do
    attr 1, :dreg, :be32, "destination register"

    attr 2, :result, {:enum, :be32, oif: 1, oifname: 2, addrtype: 3}, "value to load",
      values: "NFT_FIB_RESULT_"

    attr 3, :flags, {:flags, :be32, @flags}, "keys of the lookup; `:present` loads 1 or 0",
      values: "NFTA_FIB_F_"
  end
end

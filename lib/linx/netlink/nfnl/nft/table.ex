defmodule Linx.Netlink.Nfnl.Nft.Table do
  @moduledoc """
  A table: what chains and sets belong to.

  Kernel side: `NFTA_TABLE_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      Nft.add(%Nft.Table{family: :inet, name: "filter"})
      Nft.add(%Nft.Table{family: :ip, name: "mine", flags: [:owner]})

  A table with the flag `:owner` can be changed by its socket alone, and goes when that
  socket is closed; `:persist` makes it stay without an owner. A `:dormant` one is there,
  but its chains see no packets.

  The kernel sets `use` (how many chains, sets and other objects it has), `handle`, and
  `owner`, the port of the socket. `userdata` is whatever the one who made it put there;
  `nft` keeps comments in it.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    header do
      field :family, {:enum, :u8, Family.firewall()}
      pad 3
    end

    attr 1, :name, :string
    attr 2, :flags, {:flags, :be32, dormant: 0x1, owner: 0x2, persist: 0x4}
    attr 3, :use, :be32
    attr 4, :handle, :be64
    attr 6, :userdata, :binary
    attr 7, :owner, :be32
  end
end

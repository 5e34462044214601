defmodule Linx.Netlink.Nfnl.Nft.Table do
  @moduledoc """
  A table: the namespace of chains, sets, stateful objects and flowtables.

  Kernel side: `NFTA_TABLE_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      Nft.add(%Nft.Table{family: :inet, name: "filter"})
      Nft.add(%Nft.Table{family: :ip, name: "mine", flags: [:owner]})

  A table with the flag `:owner` can be changed through its socket alone, and is deleted when that
  socket is closed; with `:persist` it stays, without an owner. Base chains of a `:dormant` table see
  no packets.

  The kernel sets `use` (number of chains, sets and other objects), `handle` and `owner` (port id of
  the owning socket). `userdata` is opaque to the kernel; `nft` stores comments in it
  (`Linx.Netlink.Nfnl.Nft.Userdata`).
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Nfnl.FirewallHeader

  codec prefix: "NFTA_TABLE_" do
    header FirewallHeader, as: [res_id: nil]

    attr 1, :name, :string, "name"

    attr 2,
         :flags,
         {:flags, :be32, dormant: 0x1, owner: 0x2, persist: 0x4},
         "`:dormant` hides packets, `:owner` excludes other sockets, `:persist` outlives it",
         values: "NFT_TABLE_F_"

    attr 3, :use, :be32, "number of chains, sets and other objects, set by the kernel"
    attr 4, :handle, :be64, "handle, set by the kernel"
    attr 6, :userdata, :binary, "data opaque to the kernel, at most 256 bytes"
    attr 7, :owner, :be32, "port id of the owning socket, set by the kernel"
  end

  @doc """
  Whether the base chains of the table see no packets (`NFT_TABLE_F_DORMANT`).

      iex> Linx.Netlink.Nfnl.Nft.Table.dormant?(%Linx.Netlink.Nfnl.Nft.Table{flags: [:dormant]})
      true
  """
  @spec dormant?(t()) :: boolean()
  def dormant?(%__MODULE__{} = table), do: :dormant in Flags.names(table, :flags)

  @doc """
  Whether a socket owns the table (`NFT_TABLE_F_OWNER`).
  """
  @spec owned?(t()) :: boolean()
  def owned?(%__MODULE__{} = table), do: :owner in Flags.names(table, :flags)
end

defmodule Linx.Netlink.Rtnl.Address.Flags do
  @moduledoc false
  # Flags of addresses: `IFA_F_*` of include/uapi/linux/if_addr.h.

  alias Linx.Netlink.Codec
  alias Linx.Netlink.Rtnl.Names

  @table [
    secondary: 0x1,
    nodad: 0x2,
    optimistic: 0x4,
    dadfailed: 0x8,
    homeaddress: 0x10,
    deprecated: 0x20,
    tentative: 0x40,
    permanent: 0x80,
    managetempaddr: 0x100,
    noprefixroute: 0x200,
    mcautojoin: 0x400,
    stable_privacy: 0x800
  ]

  # With the words of `ip address`.
  @settable [
    nodad: 0x2,
    optimistic: 0x4,
    home: 0x10,
    homeaddress: 0x10,
    mngtmpaddr: 0x100,
    managetempaddr: 0x100,
    noprefixroute: 0x200,
    autojoin: 0x400,
    mcautojoin: 0x400
  ]

  @spec table() :: keyword(pos_integer())
  def table, do: @table

  @doc "The flags that a request may set."
  @spec settable() :: keyword(pos_integer())
  def settable, do: @settable

  @doc "The flags of an address, of `IFA_FLAGS` or else of the header."
  @spec names(struct()) :: [atom() | non_neg_integer()]
  def names(%{flags_ext: nil, flags: bits} = address),
    do: @table |> Names.bits(bits) |> temporary(address)

  def names(%{flags_ext: names} = address) when is_list(names), do: temporary(names, address)
  def names(address), do: address |> Codec.Flags.names(:flags_ext) |> temporary(address)

  defp temporary([:secondary | names], %{family: 10}), do: [:temporary | names]
  defp temporary(names, _address), do: names
end

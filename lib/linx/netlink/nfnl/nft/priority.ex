defmodule Linx.Netlink.Nfnl.Nft.Priority do
  @moduledoc false
  # A signed 32-bit number in network byte order. `Linx.Netlink.Nfnl.Nft` replaces names by
  # numbers before it encodes: they depend on the family of the chain.

  alias Linx.Netlink.Nfnl.Nft.Hook

  @type t :: Hook.priority()

  @spec encode(integer()) :: binary()
  def encode(priority) when priority in -0x80000000..0x7FFFFFFF, do: <<priority::signed-32>>

  def encode(bad), do: raise(ArgumentError, "not a priority: #{inspect(bad)}")

  @spec decode(binary()) :: integer() | nil
  def decode(<<priority::signed-32, _::binary>>), do: priority
  def decode(_short), do: nil
end

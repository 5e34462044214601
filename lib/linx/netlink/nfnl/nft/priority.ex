defmodule Linx.Netlink.Nfnl.Nft.Priority do
  @moduledoc false
  # A signed number in network order, the only one of nf_tables.

  @spec encode(integer()) :: binary()
  def encode(priority) when priority in -0x80000000..0x7FFFFFFF, do: <<priority::signed-32>>

  def encode(bad), do: raise(ArgumentError, "not a priority: #{inspect(bad)}")

  @spec decode(binary()) :: integer() | nil
  def decode(<<priority::signed-32, _::binary>>), do: priority
  def decode(_short), do: nil

  @type t :: integer()
end

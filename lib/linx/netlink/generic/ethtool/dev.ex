defmodule Linx.Netlink.Generic.Ethtool.Dev do
  @moduledoc """
  Link of a message of ethtool: its index and name, and flags of a request.

  Kernel side: `ETHTOOL_A_HEADER_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  # ETHTOOL_FLAG_*.
  @flags [compact_bitsets: 0x1, omit_reply: 0x2, stats: 0x4]

  # ALTIFNAMSIZ without the NUL.
  @longest 127

  codec prefix: "ETHTOOL_A_HEADER_" do
    attr 1, :index, :u32, "index of the link", c: "ETHTOOL_A_HEADER_DEV_INDEX"
    attr 2, :name, :string, "name of the link", c: "ETHTOOL_A_HEADER_DEV_NAME"

    attr 3, :flags, {:flags, :u32, @flags}, "form of the reply, request only",
      values: "ETHTOOL_FLAG_"

    attr 4, :phy_index, :u32, "index of a PHY of the link, request only"
  end

  @doc "The header of a request about a link, which is given by its index or one of its names."
  @spec of(term()) :: {:ok, t()} | {:error, {:bad_option, :link, term()}}
  def of(index) when index in 1..0x7FFFFFFF, do: {:ok, %__MODULE__{index: index}}

  def of(name) when is_binary(name) and byte_size(name) in 1..@longest do
    if Linx.Text.nul?(name),
      do: {:error, {:bad_option, :link, name}},
      else: {:ok, %__MODULE__{name: name}}
  end

  def of(other), do: {:error, {:bad_option, :link, other}}

  @doc false
  @spec cast(term()) :: {:ok, t()} | :error
  def cast(link), do: with({:error, _reason} <- of(link), do: :error)
end

defmodule Linx.Netlink.Nfnl.Nft.Devices do
  @moduledoc false
  # Names of links, and prefixes of names, which end in `*`: `NFTA_DEVICE_*` of
  # include/uapi/linux/netfilter/nf_tables.h.

  import Bitwise, only: [&&&: 2]
  import Linx.Netlink.Constants, only: [nla_type_mask: 0]

  alias Linx.Netlink.Attr

  @name 1
  @prefix 2

  @type t :: [String.t()]

  @spec encode(t()) :: binary()
  def encode(devices) when is_list(devices), do: devices |> Enum.map(&attr/1) |> Attr.encode()
  def encode(bad), do: raise(ArgumentError, "not a list of names: #{inspect(bad)}")

  defp attr(name) when is_binary(name) do
    if :binary.match(name, <<0>>) != :nomatch,
      do: raise(ArgumentError, "a name with a NUL byte: #{inspect(name)}")

    if String.ends_with?(name, "*"),
      do: {@prefix, binary_part(name, 0, byte_size(name) - 1) <> <<0>>},
      else: {@name, name <> <<0>>}
  end

  defp attr(bad), do: raise(ArgumentError, "not a name: #{inspect(bad)}")

  @spec decode(binary()) :: t()
  def decode(payload) do
    for {type, text} <- Attr.decode(payload) do
      name = String.trim_trailing(text, <<0>>)
      if (type &&& nla_type_mask()) == @prefix, do: name <> "*", else: name
    end
  end
end

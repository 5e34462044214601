defmodule Linx.Netlink.Nfnl.Nft.ElementChunks do
  @moduledoc false
  # Splits the elements of a set into chunks, one per message: the length of the attribute
  # NFTA_SET_ELEM_LIST_ELEMENTS is limited.

  alias Linx.Netlink.Nfnl.Nft.{Data, Element}

  # Largest payload of an attribute, bytes: `nla_len` has 16 bits and counts its 4-byte header.
  @max_payload 0xFFFF - 4

  @doc """
  Non-empty chunks of the elements, in order.
  """
  @spec split([Element.t()]) :: [[Element.t(), ...]]
  def split(elements), do: split(elements, [], 0, [])

  defp split([], [], 0, chunks), do: Enum.reverse(chunks)
  defp split([], chunk, _bytes, chunks), do: split([], [], 0, [Enum.reverse(chunk) | chunks])

  defp split([element | rest], chunk, bytes, chunks) do
    size = 4 + size(element)

    if chunk != [] and bytes + size > @max_payload,
      do: split(rest, [element], size, [Enum.reverse(chunk) | chunks]),
      else: split(rest, [element | chunk], bytes + size, chunks)
  end

  # Large sets mostly have elements with a key alone: their size needs no encoding.
  defp size(%Element{key: %Data{value: key}} = element) when is_binary(key) do
    if element == %Element{key: Data.value(key)},
      do: 8 + div(byte_size(key) + 3, 4) * 4,
      else: byte_size(Element.encode(element))
  end

  defp size(element), do: byte_size(Element.encode(element))
end

defmodule Linx.Netlink.Nfnl.Nft.Portions do
  @moduledoc false
  # Elements of a set by messages, each of which holds what fits an attribute.

  alias Linx.Netlink.Nfnl.Nft.{Data, Element}

  # What an attribute holds (`nla_len` has 16 bits, of which four bytes are its header).
  @attribute 0xFFFF - 4

  @doc """
  Lists of elements, in order; none is empty.
  """
  @spec of([Element.t()]) :: [[Element.t(), ...]]
  def of(elements), do: portions(elements, [], 0, [])

  defp portions([], [], 0, done), do: Enum.reverse(done)
  defp portions([], part, _bytes, done), do: portions([], [], 0, [Enum.reverse(part) | done])

  defp portions([element | rest], part, bytes, done) do
    size = 4 + size(element)

    if part != [] and bytes + size > @attribute,
      do: portions(rest, [element], size, [Enum.reverse(part) | done]),
      else: portions(rest, [element | part], bytes + size, done)
  end

  # Of a mere key, of which there may be very many, without encoding it for that.
  defp size(%Element{key: %Data{value: key}} = element) when is_binary(key) do
    if element == %Element{key: Data.value(key)},
      do: 8 + div(byte_size(key) + 3, 4) * 4,
      else: byte_size(Element.encode(element))
  end

  defp size(element), do: byte_size(Element.encode(element))
end

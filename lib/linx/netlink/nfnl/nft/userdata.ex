defmodule Linx.Netlink.Nfnl.Nft.Userdata do
  @moduledoc """
  Comments in the `userdata` of objects, in the form of `nft`.

      iex> alias Linx.Netlink.Nfnl.Nft.{Rule, Userdata}
      iex> rule = Userdata.put_comment(%Rule{family: :ip, table: "t", chain: "c"}, "web servers")
      iex> Userdata.comment(rule)
      "web servers"

  Kernel side: `NFTA_TABLE_USERDATA` and its like of `include/uapi/linux/netfilter/nf_tables.h`, bytes
  that are opaque to the kernel. `nft` (`include/libnftnl/udata.h` of libnftnl) stores entries in
  them: a type and a length of one byte each, and a value. Of these, this module reads and writes
  comments; other entries are kept.
  """

  alias Linx.Netlink.Nfnl.Nft.{Chain, Element, Object, Rule, Set, Table}

  # Type of the comment: NFTNL_UDATA_TABLE_COMMENT and its like.
  @comment %{Table => 0, Chain => 0, Rule => 0, Object => 0, Element => 0, Set => 7}

  # Longest comment that nft accepts, the terminating NUL included.
  @max_comment 128

  @type object :: Table.t() | Chain.t() | Rule.t() | Object.t() | Element.t() | Set.t()

  @doc """
  The comment of an object, or `nil`.

  `nil` as well if `userdata` has another form than that of `nft`.
  """
  @spec comment(object()) :: String.t() | nil
  def comment(%module{userdata: userdata}) when is_map_key(@comment, module) do
    case List.keyfind(entries(userdata), @comment[module], 0) do
      {_type, value} -> String.trim_trailing(value, <<0>>)
      nil -> nil
    end
  end

  @doc """
  The object with a comment, in place of an earlier one; without a comment for `nil`.

  Raises `ArgumentError` for a comment with a NUL byte, or of more than 127 bytes. `userdata` of
  another form than that of `nft` is replaced.
  """
  @spec put_comment(object, String.t() | nil) :: object when object: object()
  def put_comment(%module{userdata: userdata} = object, text)
      when is_map_key(@comment, module) and (is_binary(text) or text == nil) do
    type = @comment[module]
    others = for {other, _value} = entry <- entries(userdata), other != type, do: entry
    added = if text, do: [{type, value(text)}], else: []
    bytes = for {type, value} <- others ++ added, into: <<>>, do: entry(type, value)
    %{object | userdata: if(bytes != <<>>, do: bytes)}
  end

  defp value(text) do
    if byte_size(text) >= @max_comment or Linx.Text.nul?(text),
      do: raise(ArgumentError, "not a comment: #{inspect(text)}")

    text <> <<0>>
  end

  defp entry(type, value), do: <<type, byte_size(value), value::binary>>

  defp entries(nil), do: []
  defp entries(userdata), do: entries(userdata, [])

  defp entries(<<type, size, value::binary-size(size), rest::binary>>, entries),
    do: entries(rest, [{type, value} | entries])

  defp entries(<<>>, entries), do: Enum.reverse(entries)
  defp entries(_other_form, _entries), do: []
end

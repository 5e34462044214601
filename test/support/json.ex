defmodule Linx.Test.JSON do
  @moduledoc false
  # Reads JSON (RFC 8259), the output of `ip -json` and `nft -j`. Any other text raises.

  @doc """
  Objects become maps with string keys, `null` becomes `nil`.
  """
  def decode!(text) do
    {value, rest} = value(blank(text))

    if blank(rest) == "",
      do: value,
      else: raise(ArgumentError, "JSON followed by: #{inspect(rest)}")
  end

  defp value(<<"{", rest::binary>>), do: object(blank(rest))
  defp value(<<"[", rest::binary>>), do: array(blank(rest))
  defp value(<<?", rest::binary>>), do: string(rest, [])
  defp value(<<"true", rest::binary>>), do: {true, rest}
  defp value(<<"false", rest::binary>>), do: {false, rest}
  defp value(<<"null", rest::binary>>), do: {nil, rest}
  defp value(<<c, _::binary>> = text) when c in ?0..?9 or c == ?-, do: number(text)
  defp value(text), do: raise(ArgumentError, "not JSON: #{inspect(String.slice(text, 0, 40))}")

  defp object(<<"}", rest::binary>>), do: {%{}, rest}
  defp object(text), do: members(text, %{})

  defp members(<<?", rest::binary>>, members) do
    {key, rest} = string(rest, [])
    <<":", rest::binary>> = blank(rest)
    {value, rest} = value(blank(rest))
    members = Map.put(members, key, value)

    case blank(rest) do
      <<",", rest::binary>> -> members(blank(rest), members)
      <<"}", rest::binary>> -> {members, rest}
    end
  end

  defp array(<<"]", rest::binary>>), do: {[], rest}
  defp array(text), do: elements(text, [])

  defp elements(text, elements) do
    {value, rest} = value(text)

    case blank(rest) do
      <<",", rest::binary>> -> elements(blank(rest), [value | elements])
      <<"]", rest::binary>> -> {Enum.reverse([value | elements]), rest}
    end
  end

  defp number(text) do
    [number] = Regex.run(~r/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/, text, capture: :first)
    rest = binary_part(text, byte_size(number), byte_size(text) - byte_size(number))

    case Integer.parse(number) do
      {integer, ""} -> {integer, rest}
      _ -> {number |> Float.parse() |> elem(0), rest}
    end
  end

  defp string(<<?", rest::binary>>, parts),
    do: {parts |> Enum.reverse() |> IO.iodata_to_binary(), rest}

  # A character beyond 16 bits is a pair of surrogates.
  defp string(<<"\\u", high::binary-size(4), "\\u", low::binary-size(4), rest::binary>>, parts)
       when binary_part(high, 0, 2) in ~w(d8 d9 da db D8 D9 DA DB) do
    {:ok, units} = Base.decode16(high <> low, case: :mixed)
    string(rest, [:unicode.characters_to_binary(units, {:utf16, :big}) | parts])
  end

  defp string(<<"\\u", digits::binary-size(4), rest::binary>>, parts),
    do: string(rest, [<<String.to_integer(digits, 16)::utf8>> | parts])

  defp string(<<"\\", c, rest::binary>>, parts), do: string(rest, [unescape(c) | parts])
  defp string(<<c, rest::binary>>, parts) when c >= 0x20, do: string(rest, [c | parts])

  defp unescape(c) when c in [?", ?\\, ?/], do: c
  defp unescape(?b), do: ?\b
  defp unescape(?f), do: ?\f
  defp unescape(?n), do: ?\n
  defp unescape(?r), do: ?\r
  defp unescape(?t), do: ?\t

  defp blank(<<c, rest::binary>>) when c in [?\s, ?\t, ?\n, ?\r], do: blank(rest)
  defp blank(text), do: text
end

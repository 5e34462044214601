defmodule Linx.Text do
  @moduledoc false
  # Values as one line of text, for `Inspect` and `Exception.message/1`.
  #
  # Names and messages come from the kernel or from a caller, and may be any bytes. The text is valid
  # UTF-8 without control characters, and a value cannot be mistaken for two.

  alias Linx.{IP, LinkAddress, MAC}

  # Characters that `String.printable?/1` allows and a terminal does not show: format characters
  # (general category Cf, including those that change the writing direction), line separators (Zl)
  # and paragraph separators (Zp).
  @invisible [
    0xAD..0xAD,
    0x600..0x605,
    0x61C..0x61C,
    0x6DD..0x6DD,
    0x70F..0x70F,
    0x890..0x891,
    0x8E2..0x8E2,
    0x180E..0x180E,
    0x200B..0x200F,
    0x2028..0x202E,
    0x2060..0x206F,
    0xFEFF..0xFEFF,
    0xFFF9..0xFFFB,
    0x110BD..0x110BD,
    0x110CD..0x110CD,
    0x13430..0x1343F,
    0x1BCA0..0x1BCA3,
    0x1D173..0x1D17A,
    0xE0000..0xE007F
  ]

  @doc """
  The text `#Module<part part>` of a struct, as an algebra document of `Inspect`.

  `parts` returns strings; `nil` and `false` are left out. If it raises, because a field holds a value
  of the wrong type, the struct is shown as `Inspect.Any` shows it.
  """
  @spec show(struct(), Inspect.Opts.t(), (() -> [String.t() | nil | false])) ::
          Inspect.Algebra.t()
  def show(%module{} = struct, opts, parts) do
    literal(struct, opts, fn ->
      "##{inspect(module)}<#{parts.() |> Enum.filter(& &1) |> Enum.join(" ")}>"
    end)
  end

  @doc """
  The text that `text` returns; if it raises, the text of `Inspect.Any`.
  """
  @spec literal(struct(), Inspect.Opts.t(), (() -> String.t())) :: Inspect.Algebra.t()
  def literal(struct, opts, text) do
    text.()
  rescue
    _ -> Inspect.Any.inspect(struct, opts)
  end

  @doc """
  The text `#Module<field=value field=value>` of a struct without a field that is secret.
  """
  @spec hiding(struct(), atom(), Inspect.Opts.t()) :: Inspect.Algebra.t()
  def hiding(struct, secret, opts) do
    struct = Map.replace!(struct, secret, nil)

    show(struct, opts, fn ->
      for {name, value} when value != nil <- Map.to_list(Map.from_struct(struct)),
          do: "#{name}=" <> line(inspect(value))
    end)
  end

  @doc """
  Whether a text has a byte of 0. Names are short: a loop takes a part of the time of a search.
  """
  @spec nul?(binary()) :: boolean()
  def nul?(<<0, _rest::binary>>), do: true
  def nul?(<<_byte, rest::binary>>), do: nul?(rest)
  def nul?(<<>>), do: false

  @doc """
  The text of a field behind its name, such as `"mtu="`; `nil` if the field is `nil`.
  """
  @spec part(String.t(), term()) :: String.t() | nil
  def part(_name, nil), do: nil
  def part(name, value), do: name <> field(value)

  @doc """
  A value as one word: `?` for `nil`; a string stands in quotes unless it is a plain word.
  """
  @spec field(term()) :: String.t()
  def field(nil), do: "?"
  def field(value) when is_integer(value), do: Integer.to_string(value)
  def field(value) when is_binary(value), do: if(word?(value), do: value, else: quoted(value))
  def field(%IP{family: :inet, bytes: <<_::32>>} = ip), do: IP.to_string(ip)
  def field(%IP{family: :inet6, bytes: <<_::128>>} = ip), do: IP.to_string(ip)
  def field(%MAC{bytes: <<_::48>>} = mac), do: MAC.to_string(mac)

  def field(%LinkAddress{bytes: bytes} = address) when is_binary(bytes) and bytes != "",
    do: LinkAddress.to_string(address)

  def field(value) when is_atom(value) do
    text = Atom.to_string(value)
    if word?(text), do: text, else: inspect(value)
  end

  def field(value), do: inspect(value)

  defp word?(text), do: text =~ ~r/\A[A-Za-z0-9_.:@%+~\/-]+\z/

  @doc """
  A string as an Elixir literal, in quotes; any other value as `field/1` writes it.
  """
  @spec quoted(term()) :: String.t()
  def quoted(text) when is_binary(text), do: ~s("#{escape(text, true)}")
  def quoted(value), do: field(value)

  @doc """
  A message, such as an extended ack of the kernel, with unprintable characters escaped.
  """
  @spec line(term()) :: String.t()
  def line(text) when is_binary(text), do: escape(text, false)
  def line(value), do: inspect(value)

  defp escape(text, quoted?), do: IO.iodata_to_binary(escaped(text, quoted?))

  defp escaped(<<c, rest::binary>>, true) when c in [?", ?\\],
    do: [?\\, c | escaped(rest, true)]

  defp escaped(<<"\#{", rest::binary>>, true), do: ["\\\#{" | escaped(rest, true)]

  defp escaped(<<c::utf8, rest::binary>>, quoted?), do: [char(c) | escaped(rest, quoted?)]
  defp escaped(<<byte, rest::binary>>, quoted?), do: ["\\x", hex(byte) | escaped(rest, quoted?)]
  defp escaped(<<>>, _quoted?), do: []

  for {char, letter} <-
        [{?\n, ?n}, {?\r, ?r}, {?\t, ?t}, {?\e, ?e}, {?\a, ?a}, {?\b, ?b}] ++
          [{?\f, ?f}, {?\v, ?v}, {?\d, ?d}, {0, ?0}] do
    defp char(unquote(char)), do: [?\\, unquote(letter)]
  end

  for first..last//_ <- @invisible do
    defp char(c) when c in unquote(first)..unquote(last),
      do: ["\\u{", Integer.to_string(c, 16), ?}]
  end

  defp char(c) when c < 0x20 or c in 0x80..0x9F, do: ["\\u{", Integer.to_string(c, 16), ?}]

  defp char(c) do
    text = <<c::utf8>>
    if String.printable?(text), do: text, else: ["\\u{", Integer.to_string(c, 16), ?}]
  end

  defp hex(byte), do: byte |> Integer.to_string(16) |> String.pad_leading(2, "0")
end

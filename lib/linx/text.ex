defmodule Linx.Text do
  @moduledoc false
  # Values in one line of text: for `Inspect` and `Exception.message/1`.
  #
  # Names and sentences come from the kernel or from a caller, and may be any bytes. What is written
  # here is valid UTF-8 without control characters, and a value cannot be taken for more than one.

  alias Linx.{IP, LinkAddress, MAC}

  # What `String.printable?/1` allows and a terminal does not show as it is: format characters
  # (general category Cf, among them those that change the direction of writing) and separators of
  # lines and paragraphs (Zl, Zp).
  @unseen [
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
  The text `#Module<part part>` of a struct, as `Inspect` wants it.

  `parts` gives strings, and `nil` or `false` for what is left out. A struct for which it raises,
  since a field holds what does not belong there, is shown as any struct is.
  """
  @spec show(struct(), Inspect.Opts.t(), (() -> [String.t() | nil | false])) ::
          Inspect.Algebra.t()
  def show(%module{} = struct, opts, parts) do
    literal(struct, opts, fn ->
      "##{inspect(module)}<#{parts.() |> Enum.filter(& &1) |> Enum.join(" ")}>"
    end)
  end

  @doc """
  The text that `text` gives, or that of any struct if it raises.
  """
  @spec literal(struct(), Inspect.Opts.t(), (() -> String.t())) :: Inspect.Algebra.t()
  def literal(struct, opts, text) do
    text.()
  rescue
    _ -> Inspect.Any.inspect(struct, opts)
  end

  @doc """
  A field with what stands before it, such as `"mtu="`; `nil` if it is.
  """
  @spec part(String.t(), term()) :: String.t() | nil
  def part(_name, nil), do: nil
  def part(name, value), do: name <> field(value)

  @doc """
  A value as one word: `?` if it is `nil`; a string in quotes unless it is a plain word.
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
  A string in quotes, as it could stand in a program; any other value as `field/1` writes it.
  """
  @spec quoted(term()) :: String.t()
  def quoted(text) when is_binary(text), do: ~s("#{escape(text, true)}")
  def quoted(value), do: field(value)

  @doc """
  A sentence, such as the kernel's: what cannot be shown as it is, is escaped.
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

  for first..last//_ <- @unseen do
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

defmodule Linx.Netlink.Generic.WireGuard.KeyTest do
  use ExUnit.Case, async: true

  import Bitwise

  alias Linx.Netlink.Generic.WireGuard.Key

  doctest Key

  # RFC 7748, section 6.1.
  @vectors [
    {"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
     "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"},
    {"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
     "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"}
  ]

  defp bytes(hex), do: Base.decode16!(hex, case: :lower)

  test "public keys are those of RFC 7748" do
    for {private, public} <- @vectors do
      {:ok, key} = Key.parse(bytes(private))
      assert Key.public(key) == %Key{bytes: bytes(public), secret: false}
    end
  end

  test "private keys are random and clamped" do
    keys = for _ <- 1..100, do: Key.generate()
    assert length(Enum.uniq(keys)) == 100

    for %Key{bytes: <<first, _::binary-30, last>>, secret: true} <- keys,
        do: assert({first &&& 7, last >>> 6} == {0, 1})

    # All other bits take both values.
    for bit <- 3..253 do
      set = for %Key{bytes: <<n::little-256>>} <- keys, do: n >>> bit &&& 1
      assert Enum.uniq(set) |> length() == 2
    end
  end

  test "preshared keys are random" do
    keys = for _ <- 1..100, do: Key.generate_preshared()
    assert length(Enum.uniq(keys)) == 100
    assert Enum.all?(keys, &match?(%Key{bytes: <<_::256>>, secret: true}, &1))
  end

  test "a key is read from its text or its bytes, and from nothing else" do
    {private, _} = hd(@vectors)
    text = Base.encode64(bytes(private))
    assert Key.parse(text) == {:ok, %Key{bytes: bytes(private), secret: true}}
    assert Key.parse(bytes(private)) == Key.parse(text)
    assert Key.to_string(elem(Key.parse(text), 1)) == text

    # The last character has unused bits: "o" has the bits of "p" with the last one zero.
    assert String.ends_with?(text, "o=")
    other = String.replace_suffix(text, "o=", "p=")

    for wrong <- [
          other,
          text <> "\n",
          String.slice(text, 0, 43),
          Base.encode64(<<0::248>>),
          Base.encode64(<<0::264>>),
          String.replace(text, "d", "!"),
          "",
          nil,
          7,
          String.to_charlist(text)
        ] do
      assert Key.parse(wrong) == {:error, :bad_key}
      assert Key.parse_public(wrong) == {:error, :bad_key}
    end
  end

  test "keys are equal by their bytes" do
    key = Key.public(Key.generate())
    {:ok, secret} = Key.parse(Key.to_string(key))
    assert Key.parse_public(Key.to_string(key)) == {:ok, key}
    refute apply(Kernel, :==, [secret, key])
    assert Key.equal?(secret, key)
    refute Key.equal?(Key.generate(), key)
    refute Key.equal?(key, Key.to_string(key))
  end

  test "a secret key is shown by no function but to_string/1" do
    key = Key.generate()
    text = Key.to_string(key)
    shown = binary_part(text, 0, 12)

    for shows <- [inspect(key), inspect([%{a: key}]), inspect(key, limit: 1, width: 1)],
        do: refute(shows =~ shown)

    error = assert_raise Protocol.UndefinedError, fn -> apply(String.Chars, :to_string, [key]) end
    refute Exception.message(error) =~ shown

    # Neither a wrong argument.
    for call <- [&Key.public/1, &Key.to_string/1],
        wrong <- [text, key.bytes <> "x", %{key | bytes: text}, Key.public(key)],
        call != (&Key.to_string/1) or not match?(%Key{bytes: <<_::256>>}, wrong) do
      error = assert_raise ArgumentError, fn -> call.(wrong) end
      refute Exception.message(error) =~ shown
    end
  end

  test "inspect shows no key that is not known to be public" do
    text = Base.encode64(<<7::256>>)
    assert inspect(%Key{bytes: <<7::256>>, secret: false}) =~ text

    for secret <- [true, nil, :maybe],
        do: refute(inspect(%Key{bytes: <<7::256>>, secret: secret}) =~ text)

    refute inspect(%Key{bytes: "short", secret: false}) =~ "short"
  end
end

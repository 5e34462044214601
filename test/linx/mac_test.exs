defmodule Linx.MACTest do
  use ExUnit.Case, async: true

  alias Linx.MAC

  doctest Linx.MAC

  describe "parse/1" do
    test "reads octets of one or two hex digits in either case" do
      assert MAC.parse("02:aa:bb:cc:dd:ee") == {:ok, %MAC{bytes: <<0x02AABBCCDDEE::48>>}}
      assert MAC.parse("02:AA:bB:Cc:DD:EE") == {:ok, %MAC{bytes: <<0x02AABBCCDDEE::48>>}}
      assert MAC.parse("0:1:2:a:F:f0") == {:ok, %MAC{bytes: <<0, 1, 2, 0xA, 0xF, 0xF0>>}}
    end

    test "refuses everything else, and names it" do
      refused = [
        "",
        ":",
        ":::::",
        "02",
        "02:aa:bb:cc:dd",
        "02:aa:bb:cc:dd:",
        ":02:aa:bb:cc:dd:ee",
        "02:aa:bb:cc:dd:ee:",
        "02:aa:bb:cc:dd:ee:ff",
        "02::bb:cc:dd:ee",
        "002:aa:bb:cc:dd:ee",
        "02:aa:bb:cc:dd:eee",
        "02-aa-bb-cc-dd-ee",
        "02aa.bbcc.ddee",
        "02aabbccddee",
        "0x2:aa:bb:cc:dd:ee",
        "+2:aa:bb:cc:dd:ee",
        "02:aa:bb:cc:dd:eg",
        " 02:aa:bb:cc:dd:ee",
        "02:aa:bb:cc:dd:ee ",
        "02:aa:bb:cc:dd:ee\n",
        "02:aa:bb:cc:dd:ee\0",
        <<0xFF>>,
        String.duplicate("02:", 100_000)
      ]

      for text <- refused, do: assert(MAC.parse(text) == {:error, {:bad_mac, text}})
    end

    test "does not read what is no text" do
      for term <- [nil, ~c"02:aa:bb:cc:dd:ee", 1] do
        assert_raise FunctionClauseError, fn -> MAC.parse(term) end
      end
    end
  end

  describe "to_string/1" do
    test "writes what Base writes, with colons" do
      for _ <- 1..1_000 do
        bytes = :rand.bytes(6)

        expected =
          Enum.map_join(:binary.bin_to_list(bytes), ":", &Base.encode16(<<&1>>, case: :lower))

        assert MAC.to_string(%MAC{bytes: bytes}) == expected
        assert MAC.parse(expected) == {:ok, %MAC{bytes: bytes}}
      end
    end
  end

  test "six bytes make an address, any other number none" do
    assert MAC.decode(<<1, 2, 3, 4, 5, 6>>) == %MAC{bytes: <<1, 2, 3, 4, 5, 6>>}
    assert MAC.encode(%MAC{bytes: <<1, 2, 3, 4, 5, 6>>}) == <<1, 2, 3, 4, 5, 6>>
    for size <- 0..20, size != 6, do: assert(MAC.decode(<<0::size(size)-unit(8)>>) == nil)
  end

  test "inspect and interpolation show the text" do
    {:ok, mac} = MAC.parse("02:aa:bb:cc:dd:ee")
    assert inspect(mac) == ~s(~MAC"02:aa:bb:cc:dd:ee")
    assert "#{mac}" == "02:aa:bb:cc:dd:ee"
  end

  describe "the sigil" do
    import Linx.MAC, only: [sigil_MAC: 2]

    test "makes a literal, also in a pattern" do
      assert sigil_MAC(<<"02:AA:bb:cc:dd:ee">>, []) == %MAC{bytes: <<0x02AABBCCDDEE::48>>}
      assert sigil_MAC(<<"0:0:0:0:0:1">>, []) = MAC.decode(<<1::48>>)
      refute match?(sigil_MAC(<<"0:0:0:0:0:1">>, []), MAC.decode(<<2::48>>))
    end

    test "refuses bad text while compiling" do
      code = ~S|import Linx.MAC; sigil_MAC(<<"02:aa">>, [])|
      assert_raise ArgumentError, ~r/"02:aa"/, fn -> Code.eval_string(code) end
    end

    if Version.match?(System.version(), ">= 1.15.0") do
      test "can be written as a literal" do
        {mac, _} = Code.eval_string(~S(import Linx.MAC; ~MAC"02:aa:bb:cc:dd:ee"))
        assert mac == %MAC{bytes: <<0x02AABBCCDDEE::48>>}
      end
    end
  end
end

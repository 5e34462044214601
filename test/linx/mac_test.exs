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

    test "refuses any other text, and returns it in the error" do
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

    test "raises FunctionClauseError for a term other than text" do
      for term <- [nil, ~c"02:aa:bb:cc:dd:ee", 1] do
        assert_raise FunctionClauseError, fn -> MAC.parse(term) end
      end
    end
  end

  describe "to_string/1" do
    test "writes the octets as Base encodes them, joined by colons" do
      for _ <- 1..1_000 do
        bytes = :rand.bytes(6)

        expected =
          Enum.map_join(:binary.bin_to_list(bytes), ":", &Base.encode16(<<&1>>, case: :lower))

        assert MAC.to_string(%MAC{bytes: bytes}) == expected
        assert MAC.parse(expected) == {:ok, %MAC{bytes: bytes}}
      end
    end
  end

  test "decode/1 returns an address for six bytes and nil for any other number" do
    assert MAC.decode(<<1, 2, 3, 4, 5, 6>>) == %MAC{bytes: <<1, 2, 3, 4, 5, 6>>}
    assert MAC.encode(%MAC{bytes: <<1, 2, 3, 4, 5, 6>>}) == <<1, 2, 3, 4, 5, 6>>
    for size <- 0..20, size != 6, do: assert(MAC.decode(<<0::size(size)-unit(8)>>) == nil)
  end

  test "inspect and interpolation show the text" do
    {:ok, mac} = MAC.parse("02:aa:bb:cc:dd:ee")
    assert inspect(mac) == ~s(~MAC"02:aa:bb:cc:dd:ee")
    assert "#{mac}" == "02:aa:bb:cc:dd:ee"
  end

  test "parse!/1 returns the address, or raises for other text" do
    assert MAC.parse!("02:aa:bb:cc:dd:ee") == %MAC{bytes: <<0x02AABBCCDDEE::48>>}

    assert_raise ArgumentError, ~s(not a MAC address: "02-aa"), fn -> MAC.parse!("02-aa") end
  end

  test "cast/1 takes a value and text, and returns any other term in the error" do
    mac = %MAC{bytes: <<0x02AABBCCDDEE::48>>}
    for input <- [mac, "02:aa:bb:cc:dd:ee"], do: assert(MAC.cast(input) == {:ok, mac})

    for term <- [nil, 1, "02:aa", ~c"02:aa:bb:cc:dd:ee", %MAC{bytes: <<1>>}, %MAC{bytes: nil}],
        do: assert(MAC.cast(term) == {:error, {:bad_mac, term}})
  end

  test "random/0 returns a different unicast, locally administered address each time" do
    macs = for _ <- 1..1_000, do: MAC.random()
    assert length(Enum.uniq(macs)) == 1_000

    # I/G and U/L of IEEE 802: an individual address, locally administered.
    for %MAC{bytes: <<first, _::40>>} <- macs, do: assert(Bitwise.band(first, 0b11) == 0b10)
    for bit <- 2..7, do: assert(Enum.count(macs, &bit?(&1, bit)) in 300..700)
  end

  defp bit?(%MAC{bytes: <<first, _::40>>}, bit), do: Bitwise.band(first, Bitwise.bsl(1, bit)) != 0

  test "the predicates test bits of the first octet" do
    for {text, multicast, broadcast, local} <- [
          {"00:00:00:00:00:00", false, false, false},
          {"00:1b:21:00:00:01", false, false, false},
          {"02:00:00:00:00:01", false, false, true},
          {"01:00:5e:00:00:01", true, false, false},
          {"33:33:00:00:00:01", true, false, true},
          {"ff:ff:ff:ff:ff:fe", true, false, true},
          {"ff:ff:ff:ff:ff:ff", true, true, true}
        ] do
      mac = MAC.parse!(text)

      assert {text, MAC.multicast?(mac), MAC.broadcast?(mac), MAC.local?(mac)} ==
               {text, multicast, broadcast, local}
    end
  end

  test "compare/2 orders by number" do
    numbers = for _ <- 1..500, do: :rand.uniform(0x1000000000000) - 1
    macs = for number <- numbers, do: %MAC{bytes: <<number::48>>}
    assert for(%MAC{bytes: <<n::48>>} <- Enum.sort(macs, MAC), do: n) == Enum.sort(numbers)
    assert MAC.compare(hd(macs), hd(macs)) == :eq
  end
end

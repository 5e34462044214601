defmodule Linx.LinkAddressTest do
  use ExUnit.Case, async: true

  alias Linx.{IP, LinkAddress, MAC}

  doctest Linx.LinkAddress

  defp address(bytes), do: %LinkAddress{bytes: bytes}

  describe "parse/1" do
    test "reads 1 to 32 octets, and six as a MAC" do
      for size <- 1..32 do
        bytes = :binary.list_to_bin(for n <- 1..size, do: rem(n * 37, 256))
        text = Enum.map_join(:binary.bin_to_list(bytes), ":", &Integer.to_string(&1, 16))
        expected = if size == 6, do: %MAC{bytes: bytes}, else: address(bytes)
        assert LinkAddress.parse(text) == {:ok, expected}
        assert LinkAddress.parse(String.downcase(text)) == {:ok, expected}
      end
    end

    test "reads IP addresses as their bytes" do
      assert LinkAddress.parse("192.0.2.9") == {:ok, address(<<192, 0, 2, 9>>)}
      assert LinkAddress.parse("::") == {:ok, address(<<0::128>>)}
      assert LinkAddress.parse("fc00::1") == {:ok, address(<<0xFC, 0::112, 1>>)}

      assert LinkAddress.parse("1:2:3:4:5:6:7:800") ==
               {:ok, address(<<1::16, 2::16, 3::16, 4::16, 5::16, 6::16, 7::16, 0x800::16>>)}
    end

    test "refuses any other text" do
      for text <- [
            "",
            ":",
            "1:",
            ":1",
            "123",
            "g",
            "1.2.3",
            "192.0.2.300",
            "02-00-00-00-00-09",
            "02 00",
            "fe80::1%eth0",
            "00\0",
            Enum.map_join(1..33, ":", fn _ -> "00" end),
            String.duplicate("0", 10_000)
          ] do
        assert LinkAddress.parse(text) == {:error, {:bad_mac, text}}
      end
    end
  end

  test "parse!/1 returns the address, or raises for other text" do
    assert LinkAddress.parse!("192.0.2.9") == address(<<192, 0, 2, 9>>)
    assert LinkAddress.parse!("0:0:0:0:0:1") == %MAC{bytes: <<1::48>>}

    assert_raise ArgumentError, ~s(not a link-layer address: "eth0"), fn ->
      LinkAddress.parse!("eth0")
    end
  end

  describe "cast/1" do
    test "takes values, text and the tuples of IP addresses" do
      for bytes <- [<<192, 0, 2, 9>>, <<0xFD, 0::112, 1>>] do
        ip = IP.decode(bytes)

        for input <- [ip, IP.to_tuple(ip), IP.to_string(ip), address(bytes)],
            do: assert(LinkAddress.cast(input) == {:ok, address(bytes)})
      end

      mac = %MAC{bytes: <<1, 2, 3, 4, 5, 6>>}
      for input <- [mac, "1:2:3:4:5:6"], do: assert(LinkAddress.cast(input) == {:ok, mac})
      assert LinkAddress.cast(address(<<0x80, 0>>)) == {:ok, address(<<0x80, 0>>)}
    end

    test "returns any other term in the error" do
      for term <- [nil, 7, "x", {1, 2}, {1, 2, 3, 256}, address(<<>>), address(nil)],
          do: assert(LinkAddress.cast(term) == {:error, {:bad_mac, term}})
    end
  end

  describe "text" do
    test "is that of `ip`: dotted, IPv6, or octets" do
      for {bytes, text} <- [
            {<<7>>, "07"},
            {<<1, 2>>, "01:02"},
            {<<10, 0, 0, 255>>, "10.0.0.255"},
            {<<0, 0x11, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF>>, "00:11:aa:bb:cc:dd:ee:ff"},
            {<<0xFD00::16, 0::96, 9::16>>, "fd00::9"},
            {<<0x80, 0, 0, 0x48, 0xFE, 0x80, 0::112>>,
             "80:00:00:48:fe:80" <> String.duplicate(":00", 14)}
          ] do
        assert LinkAddress.to_string(address(bytes)) == text
        assert "#{address(bytes)}" == text
        assert inspect(address(bytes)) == "#Linx.LinkAddress<#{text}>"
        assert LinkAddress.parse(text) == {:ok, address(bytes)}
      end
    end
  end

  describe "decode/1" do
    test "returns nil for no bytes and for more than 32" do
      assert LinkAddress.decode(<<>>) == nil
      assert LinkAddress.decode(<<0::264>>) == nil
      assert LinkAddress.decode(<<0::256>>) == address(<<0::256>>)
      assert LinkAddress.decode(<<1, 2, 3, 4, 5, 6>>) == %MAC{bytes: <<1, 2, 3, 4, 5, 6>>}
    end

    test "is the inverse of encode/1" do
      for size <- 1..32 do
        bytes = :binary.copy(<<0xA5>>, size)
        assert bytes |> LinkAddress.decode() |> LinkAddress.encode() == bytes
      end
    end
  end

  defmodule Entry do
    use Linx.Netlink.Codec

    codec do
      attr 1, :address, Linx.LinkAddress
      attr 2, :mac, Linx.MAC
      attr 3, :all, {:array, Linx.LinkAddress}
    end
  end

  describe "in a codec" do
    test "every length up to 32 is read and written, and six bytes are a MAC" do
      for size <- 0..33 do
        bytes = :binary.copy(<<size>>, size)
        entry = Entry.decode(Linx.Netlink.Attr.encode([{1, bytes}, {2, bytes}]))
        assert entry.address == LinkAddress.decode(bytes)
        assert entry.mac == if(size == 6, do: %MAC{bytes: bytes})

        if size in 1..32 do
          assert Entry.encode(%Entry{address: entry.address}) ==
                   Linx.Netlink.Attr.encode([{1, bytes}])
        end
      end
    end

    test "the elements of an array are read and written" do
      all = for size <- [4, 6, 20, 4, 16], do: LinkAddress.decode(:binary.copy(<<size>>, size))
      entry = %Entry{all: all}
      assert Entry.decode(Entry.encode(entry)) == entry
    end

    test "any other value is an ArgumentError when written" do
      for wrong <- [
            "192.0.2.9",
            address(<<>>),
            address(<<0::264>>),
            address(nil),
            7,
            %IP{family: :inet, bytes: <<1, 2, 3, 4>>},
            %MAC{bytes: <<1>>}
          ] do
        assert_raise ArgumentError, ~r/%Linx.LinkAddress\{\} of 1 to 32 bytes/, fn ->
          Entry.encode(%Entry{address: wrong})
        end
      end
    end
  end
end

defmodule Linx.IPTest do
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.Test.Python

  doctest Linx.IP

  # Text, and the bytes that inet_pton(3) returns for it.
  @accepted [
    {"0.0.0.0", <<0, 0, 0, 0>>},
    {"10.0.0.5", <<10, 0, 0, 5>>},
    {"9.99.199.249", <<9, 99, 199, 249>>},
    {"255.255.255.255", <<255, 255, 255, 255>>},
    {"::", <<0::128>>},
    {"::1", <<1::128>>},
    {"1::", <<1::16, 0::112>>},
    {"fc00::1", <<0xFC00::16, 0::96, 1::16>>},
    {"FC00::AbC", <<0xFC00::16, 0::96, 0xABC::16>>},
    {"0001:0:0:0:0:0:0:0002", <<1::16, 0::96, 2::16>>},
    {"1:2:3:4:5:6:7:8", <<1::16, 2::16, 3::16, 4::16, 5::16, 6::16, 7::16, 8::16>>},
    {"::2:3:4:5:6:7:8", <<0::16, 2::16, 3::16, 4::16, 5::16, 6::16, 7::16, 8::16>>},
    {"1:2:3::5:6:7:8", <<1::16, 2::16, 3::16, 0::16, 5::16, 6::16, 7::16, 8::16>>},
    {"1:2:3:4:5:6:7::", <<1::16, 2::16, 3::16, 4::16, 5::16, 6::16, 7::16, 0::16>>},
    {"::ffff:1.2.3.4", <<0::80, 0xFFFF::16, 1, 2, 3, 4>>},
    {"::1.2.3.4", <<0::96, 1, 2, 3, 4>>},
    {"1:2:3:4:5:6:1.2.3.4", <<1::16, 2::16, 3::16, 4::16, 5::16, 6::16, 1, 2, 3, 4>>},
    {"1:2:3:4:5::1.2.3.4", <<1::16, 2::16, 3::16, 4::16, 5::16, 0::16, 1, 2, 3, 4>>}
  ]

  @refused [
    "",
    " ",
    "localhost",
    "10",
    "10.1",
    "10.0.1",
    "10.0.0.0.1",
    "10.0.0.",
    ".10.0.0",
    "10..0.0",
    "256.0.0.1",
    "10.0.0.260",
    "1000.0.0.1",
    "010.0.0.1",
    "10.00.0.1",
    "10.0.0.08",
    "0x0a.0.0.1",
    "+10.0.0.1",
    "-1.0.0.0",
    " 10.0.0.1",
    "10.0.0.1 ",
    "10.0.0.1\n",
    "10.0.0.1\0",
    "10,0,0,1",
    "10.0.0.1/24",
    "١٠.0.0.1",
    <<0xFF, 0xFE>>,
    ":",
    ":1",
    "1:",
    ":::",
    "::1:",
    ":1::",
    "1:::2",
    "1::2::3",
    "::1::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:",
    "1:2:3:4:5:6:7:8:",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "1:2:3:4::5:6:7:8",
    "12345::",
    "00001::",
    "g::",
    "fe80::1%eth0",
    "fe80::1%1",
    "[::1]",
    "::1/64",
    " ::1",
    "::1 ",
    "0x1::",
    "-1::",
    "::1.2.3",
    "::1.2.3.4.5",
    "::01.2.3.4",
    "::256.2.3.4",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "1:2:3:4:5:6:7:1.2.3.4",
    "1:2:3:4:5:6::1.2.3.4:7",
    "::1:2:3:4:5:6:1.2.3.4",
    "1::2:3:4:5:6:1.2.3.4.",
    "::.2.3.4"
  ]

  # RFC 5952, sections 4 and 5.
  @written [
    {"2001:0db8::0001", "2001:db8::1"},
    {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"2001:DB8::ABCD", "2001:db8::abcd"},
    {"0:0:0:0:0:0:0:0", "::"},
    {"0:0:0:0:0:0:0:1", "::1"},
    {"1:0:0:0:0:0:0:0", "1::"},
    {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
    {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"},
    {"0:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:0"},
    {"::ffff:0:0", "::ffff:0.0.0.0"},
    {"::ffff:c000:201", "::ffff:192.0.2.1"},
    {"::1:ffff:c000:201", "::1:ffff:c000:201"},
    {"::c000:201", "::c000:201"}
  ]

  describe "parse/1" do
    test "accepts the text that inet_pton(3) accepts" do
      for {text, bytes} <- @accepted do
        family = if byte_size(bytes) == 4, do: :inet, else: :inet6
        assert IP.parse(text) == {:ok, %IP{family: family, bytes: bytes}}
      end
    end

    test "refuses any other text, and returns it in the error" do
      for text <- @refused, do: assert(IP.parse(text) == {:error, {:bad_address, text}})
    end

    test "agrees with Python's ipaddress on damaged text" do
      texts = near_addresses(20_000)

      judged =
        Python.lines!(
          """
          import ipaddress, sys
          for line in sys.stdin.read().split("\\n"):
              try:
                  if "%" in line: raise ValueError
                  print(ipaddress.ip_address(line).packed.hex())
              except ValueError:
                  print("refused")
          """,
          texts
        )

      ours =
        for text <- texts do
          case IP.parse(text) do
            {:ok, ip} -> Base.encode16(ip.bytes, case: :lower)
            {:error, {:bad_address, ^text}} -> "refused"
          end
        end

      assert Enum.count(judged, &(&1 == "refused")) in 2_000..18_000
      assert Enum.zip(texts, ours) == Enum.zip(texts, judged)
    end

    test "raises FunctionClauseError for a term other than text" do
      for term <- [nil, :inet, ~c"10.0.0.1", {10, 0, 0, 1}, 1] do
        assert_raise FunctionClauseError, fn -> IP.parse(term) end
      end
    end

    test "takes at most linear time" do
      for part <- ["1:", "0", ":", "1.", "::"] do
        assert {:error, {:bad_address, _}} = IP.parse(String.duplicate(part, 500_000))
      end
    end
  end

  describe "to_string/1" do
    test "follows RFC 5952" do
      for {text, written} <- @written do
        {:ok, ip} = IP.parse(text)
        assert IP.to_string(ip) == written
      end
    end

    test "agrees with Erlang's inet where inet follows RFC 5952" do
      for ip <- addresses(20_000), not v4_tail?(ip), not link_local?(ip) do
        assert IP.to_string(ip) == ip |> tuple() |> :inet.ntoa() |> List.to_string()
      end
    end

    test "agrees with Python's ipaddress except for addresses with an embedded IPv4 address" do
      ips = Enum.reject(addresses(5_000), &v4_tail?/1)

      judged =
        Python.lines!(
          """
          import ipaddress, sys
          for line in sys.stdin.read().split("\\n"):
              print(ipaddress.ip_address(bytes.fromhex(line)))
          """,
          Enum.map(ips, &Base.encode16(&1.bytes))
        )

      assert Enum.map(ips, &IP.to_string/1) == judged
    end

    test "is inverse to parse/1" do
      for ip <- addresses(20_000), do: assert(IP.parse(IP.to_string(ip)) == {:ok, ip})
    end
  end

  describe "decode/1" do
    test "returns the address of 4 or 16 bytes" do
      assert IP.decode(<<10, 0, 0, 5>>) == %IP{family: :inet, bytes: <<10, 0, 0, 5>>}
      assert IP.decode(<<1::128>>) == %IP{family: :inet6, bytes: <<1::128>>}
    end

    test "returns nil for any other number of bytes" do
      for size <- 0..20,
          size not in [4, 16],
          do: assert(IP.decode(<<0::size(size)-unit(8)>>) == nil)
    end

    test "is inverse to encode/1" do
      for ip <- addresses(100), do: assert(ip |> IP.encode() |> IP.decode() == ip)
    end
  end

  describe "inspect and interpolation" do
    test "show the text" do
      for text <- ["10.0.0.5", "fc00::1", "::ffff:10.0.0.5"] do
        {:ok, ip} = IP.parse(text)
        assert inspect(ip) == ~s(~IP"#{text}")
        assert "#{ip}" == text
      end
    end
  end

  describe "parse!/1" do
    test "returns the address, or raises for other text" do
      for {text, bytes} <- @accepted, do: assert(IP.parse!(text).bytes == bytes)

      for text <- @refused do
        message = "not an IP address: " <> inspect(text)
        assert_raise ArgumentError, message, fn -> IP.parse!(text) end
      end
    end
  end

  describe "tuples" do
    test "are those of :inet" do
      for {text, bytes} <- @accepted do
        {:ok, tuple} = text |> String.to_charlist() |> :inet.parse_strict_address()
        assert IP.from_tuple(tuple).bytes == bytes
        assert IP.to_tuple(IP.decode(bytes)) == tuple
      end
    end

    test "are inverse to each other" do
      for ip <- addresses(5_000), do: assert(ip |> IP.to_tuple() |> IP.from_tuple() == ip)
    end

    @no_tuples [
      {},
      {10, 0, 0},
      {10, 0, 0, 256},
      {10, 0, 0, -1},
      {10, 0, 0, 1.0},
      {10, 0, 0, nil},
      {0, 0, 0, 0, 0, 0, 0, 0x10000},
      {0, 0, 0, 0, 0, 0, 0, "1"},
      {0, 0, 0, 0, 0, 0, 0, 0, 1},
      {"10.0.0.1", 8}
    ]

    test "of other sizes or elements are not addresses" do
      for tuple <- @no_tuples do
        assert IP.cast(tuple) == {:error, {:bad_address, tuple}}
        assert_raise ArgumentError, fn -> IP.from_tuple(tuple) end
      end

      # Hidden from the type checker.
      text = Process.get(:none, "10.0.0.1")
      assert_raise ArgumentError, ~r/"10.0.0.1"/, fn -> IP.from_tuple(text) end
    end
  end

  describe "cast/1" do
    test "takes a value, text and a tuple" do
      for {text, bytes} <- @accepted do
        ip = IP.decode(bytes)
        for input <- [ip, text, IP.to_tuple(ip)], do: assert(IP.cast(input) == {:ok, ip})
      end
    end

    test "returns any other term in the error" do
      damaged = [
        %IP{family: :inet, bytes: <<0::128>>},
        %IP{family: :inet6, bytes: <<0::32>>},
        %IP{family: nil, bytes: <<0::32>>},
        %IP{family: :inet, bytes: nil}
      ]

      for term <- damaged ++ [nil, :any, 1, ~c"10.0.0.1", "10.1", %{}],
          do: assert(IP.cast(term) == {:error, {:bad_address, term}})
    end
  end

  test "compare/2 orders like Python's ipaddress within a family, and IPv4 first" do
    ips = addresses(2_000)

    sorted =
      Python.lines!(
        """
        import ipaddress, sys
        ips = [ipaddress.ip_address(bytes.fromhex(l)) for l in sys.stdin.read().split("\\n")]
        for ip in sorted(ips, key=lambda ip: (ip.version, ip)): print(ip.packed.hex())
        """,
        Enum.map(ips, &Base.encode16(&1.bytes))
      )

    assert Enum.map(Enum.sort(ips, IP), &Base.encode16(&1.bytes, case: :lower)) == sorted
    for ip <- Enum.take(ips, 10), do: assert(IP.compare(ip, ip) == :eq)
  end

  test "the predicates agree with Python's ipaddress" do
    edges =
      ~w(0.0.0.0 0.0.0.1 9.255.255.255 10.0.0.0 10.255.255.255 11.0.0.0 126.255.255.255 127.0.0.0
         127.255.255.255 128.0.0.0 169.253.255.255 169.254.0.0 169.254.255.255 169.255.0.0
         172.15.255.255 172.16.0.0 172.31.255.255 172.32.0.0 192.167.255.255 192.168.0.0
         192.168.255.255 192.169.0.0 223.255.255.255 224.0.0.0 239.255.255.255 240.0.0.0 :: ::1 ::2
         fbff:: fc00:: fdff:ffff:: fe00:: fe7f:: fe80:: febf:ffff:: fec0:: feff:ffff:: ff00:: ffff::)

    ips = Enum.map(edges, &IP.parse!/1) ++ Enum.reject(addresses(5_000), &v4_tail?/1)

    judged =
      Python.lines!(
        """
        import ipaddress, sys
        private = [ipaddress.ip_network(n) for n in
                   ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
        for line in sys.stdin.read().split("\\n"):
            ip = ipaddress.ip_address(bytes.fromhex(line))
            print(ip.is_unspecified, ip.is_loopback, ip.is_link_local,
                  any(ip in n for n in private), ip.is_multicast)
        """,
        Enum.map(ips, &Base.encode16(&1.bytes))
      )

    ours =
      for ip <- ips do
        [&IP.unspecified?/1, &IP.loopback?/1, &IP.link_local?/1, &IP.private?/1, &IP.multicast?/1]
        |> Enum.map_join(" ", &(ip |> &1.() |> Kernel.to_string() |> String.capitalize()))
      end

    assert Enum.zip(ips, ours) == Enum.zip(ips, judged)
  end

  ## Generators, seeded by ExUnit

  defp addresses(count) do
    for _ <- 1..count do
      if :rand.uniform(4) == 1 do
        IP.decode(:rand.bytes(4))
      else
        IP.decode(for _ <- 1..8, into: <<>>, do: <<random_group()::16>>)
      end
    end
  end

  defp random_group do
    Enum.random([0, 0, 0, 0, 1, 0xFFFF, :rand.uniform(0x10000) - 1, :rand.uniform(0x100) - 1])
  end

  # Addresses in every notation, most of them damaged.
  defp near_addresses(count) do
    for _ <- 1..count,
        do: damaged(Enum.random([&dotted/0, &colons/0, &mixed/0]).(), :rand.uniform(3) - 1)
  end

  defp dotted,
    do: Enum.map_join(1..4, ".", fn _ -> Enum.random([0, 1, 9, 10, 99, 100, 249, 255, 256]) end)

  defp colons do
    groups = for _ <- 1..Enum.random([8, 8, 8, 7, 6, 3, 9]), do: spelled(random_group())
    {left, right} = Enum.split(groups, :rand.uniform(length(groups) + 1) - 1)
    gap = Enum.random([":", "::"])

    String.trim_leading(
      Enum.join(left, ":") <> gap <> Enum.join(right, ":"),
      Enum.random([":", "x"])
    )
  end

  defp mixed, do: colons() <> ":" <> dotted()

  defp spelled(group) do
    text = Integer.to_string(group, 16)

    Enum.random([
      text,
      String.downcase(text),
      String.pad_leading(text, 4, "0"),
      String.pad_leading(text, 5, "0")
    ])
  end

  defp damaged(text, 0), do: text

  defp damaged(text, times) do
    at = :rand.uniform(String.length(text) + 1) - 1
    {left, right} = String.split_at(text, at)
    letter = Enum.random(~w(0 1 2 9 a F g : :: . % / + - x [ ]) ++ [" "])

    damaged(
      case :rand.uniform(3) do
        1 -> left <> letter <> right
        2 -> left <> String.slice(right, 1..-1//1)
        3 -> left <> letter <> String.slice(right, 1..-1//1)
      end,
      times - 1
    )
  end

  # In these addresses Erlang reads the second group as a zone, as the KAME stack encoded it.
  defp link_local?(%IP{bytes: <<0xFE, 0b10::2, _::bitstring>>}), do: true
  defp link_local?(%IP{bytes: <<0xFF, _::4, scope::4, _::binary-14>>}), do: scope in [1, 2]
  defp link_local?(_ip), do: false

  # Erlang and Python write these differently: Erlang uses dots in ::/96 too, Python never does.
  defp v4_tail?(%IP{bytes: <<0::80, mark::16, _::32>>}), do: mark in [0, 0xFFFF]
  defp v4_tail?(%IP{}), do: false

  defp tuple(%IP{family: :inet, bytes: <<a, b, c, d>>}), do: {a, b, c, d}
  defp tuple(%IP{bytes: bytes}), do: List.to_tuple(for <<group::16 <- bytes>>, do: group)
end

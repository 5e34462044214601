defmodule Linx.IP.SubnetTest do
  use ExUnit.Case, async: true

  import Bitwise

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Test.Python

  # The doctests must not depend on the imports of a program.
  import Linx.IP, warn: false

  doctest Linx.IP.Subnet

  describe "parse/1" do
    test "keeps the host bits" do
      {:ok, ip} = IP.parse("10.0.42.7")
      assert Subnet.parse("10.0.42.7/24") == {:ok, %Subnet{address: ip, prefix: 24}}
    end

    test "takes every prefix length of the family and no other" do
      for prefix <- 0..32,
          do: assert({:ok, %{prefix: ^prefix}} = Subnet.parse("10.0.0.0/#{prefix}"))

      for prefix <- 0..128,
          do: assert({:ok, %{prefix: ^prefix}} = Subnet.parse("fd00::/#{prefix}"))

      for text <- [
            "10.0.0.0/33",
            "10.0.0.0/128",
            "fd00::/129",
            "fd00::/1000",
            "10.0.0.0/4294967304"
          ] do
        assert Subnet.parse(text) == {:error, {:bad_subnet, text}}
      end
    end

    test "refuses any text but ADDRESS/DIGITS, and returns it in the error" do
      refused = [
        "",
        "/",
        "/24",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/ 24",
        "10.0.0.0/24 ",
        "10.0.0.0 /24",
        "10.0.0.0/+24",
        "10.0.0.0/-1",
        "10.0.0.0/0x18",
        "10.0.0.0/24/8",
        "10.0.0.0/255.255.255.0",
        "10.0.0.0/24\n",
        "10.0/16",
        "010.0.0.0/8",
        "fe80::1%eth0/64",
        "[fe80::1]/64",
        "fd00::/٨",
        "10.0.0.0/" <> String.duplicate("9", 500_000)
      ]

      for text <- refused, do: assert(Subnet.parse(text) == {:error, {:bad_subnet, text}})
    end
  end

  test "parse!/1 returns the subnet, or raises for other text" do
    assert {:ok, Subnet.parse!("10.0.0.0/8")} == Subnet.parse("10.0.0.0/8")

    assert_raise ArgumentError, ~s(not a subnet: "10.0.0.1"), fn -> Subnet.parse!("10.0.0.1") end
  end

  describe "cast/1" do
    test "takes values, text, addresses and pairs" do
      for {subnet, ip, prefix, width} <- [
            {"10.0.0.7/8", "10.0.0.7", 8, 32},
            {"fd00::7/64", "fd00::7", 64, 128},
            {"0.0.0.0/0", "0.0.0.0", 0, 32}
          ] do
        {:ok, expected} = Subnet.parse(subnet)
        {:ok, whole} = Subnet.parse("#{ip}/#{width}")
        {:ok, value} = IP.parse(ip)
        addresses = [ip, value, IP.to_tuple(value)]

        for input <- [expected, subnet | Enum.map(addresses, &{&1, prefix})],
            do: assert(Subnet.cast(input) == {:ok, expected})

        for input <- addresses, do: assert(Subnet.cast(input) == {:ok, whole})
      end
    end

    test "returns any other term in the error" do
      ip = IP.decode(<<10, 0, 0, 0>>)

      for term <- [
            nil,
            1,
            %{},
            "10.1",
            "10.0.0.0/33",
            {"10.0.0.0", 33},
            {"10.0.0.0", -1},
            {"10.0.0.0", "8"},
            {"10.0.0.0/8", 8},
            {10, 8},
            {10, 0, 0, 256},
            %Subnet{address: ip, prefix: 33},
            %Subnet{address: ip, prefix: nil},
            %Subnet{address: nil, prefix: 8},
            %Subnet{address: %IP{family: :inet, bytes: <<1>>}, prefix: 8}
          ],
          do: assert(Subnet.cast(term) == {:error, {:bad_subnet, term}})
    end
  end

  test "masks and containment of subnets agree with Python's ipaddress" do
    cases =
      for _ <- 1..2_000 do
        {subnet, ip} = random_case()
        {subnet, %Subnet{address: ip, prefix: :rand.uniform(bit_size(ip.bytes) + 1) - 1}}
      end

    judged =
      Python.lines!(
        """
        import ipaddress, sys
        for line in sys.stdin.read().split("\\n"):
            one, other = (ipaddress.ip_network(text, strict=False) for text in line.split())
            print(one.netmask.packed.hex(), one, other.subnet_of(one), one.overlaps(other))
        """,
        Enum.map(cases, fn {one, other} -> "#{one} #{other}" end)
      )

    ours =
      for {one, other} <- cases do
        [Subnet.contains?(one, other), Subnet.overlaps?(one, other)]
        |> Enum.map(&(&1 |> Kernel.to_string() |> String.capitalize()))
        |> then(&[hex(Subnet.netmask(one)), Subnet.to_string(Subnet.masked(one)) | &1])
        |> Enum.join(" ")
      end

    for {position, range} <- [{2, 100..1_500}, {3, 500..1_900}],
        do: assert(Enum.count(judged, &(Enum.at(String.split(&1), position) == "True")) in range)

    assert Enum.zip(cases, ours) == Enum.zip(cases, judged)
  end

  test "compare/2 orders by address, then by prefix length" do
    sorted = ~w(9.0.0.0/8 10.0.0.0/0 10.0.0.0/8 10.0.0.0/16 10.0.0.1/8 ::/0 ::1/0 fd00::/8)
    subnets = Enum.map(sorted, &Subnet.parse!/1)
    shuffled = Enum.shuffle(subnets)
    assert Enum.sort(shuffled, Subnet) == subnets
    assert Subnet.compare(hd(subnets), hd(subnets)) == :eq
  end

  test "network, broadcast and membership agree with Python's ipaddress" do
    cases = for _ <- 1..3_000, do: random_case()

    judged =
      Python.lines!(
        """
        import ipaddress, sys
        for line in sys.stdin.read().split("\\n"):
            subnet, ip = line.split()
            net = ipaddress.ip_network(subnet, strict=False)
            last = net.broadcast_address.packed.hex() if net.version == 4 else "-"
            print(net.network_address.packed.hex(), last, ipaddress.ip_address(ip) in net)
        """,
        Enum.map(cases, fn {subnet, ip} -> "#{subnet} #{ip}" end)
      )

    ours =
      for {subnet, ip} <- cases do
        last = Subnet.broadcast(subnet)
        inside = if Subnet.contains?(subnet, ip), do: "True", else: "False"
        "#{hex(Subnet.network(subnet))} #{if last, do: hex(last), else: "-"} #{inside}"
      end

    assert Enum.count(judged, &String.ends_with?(&1, "True")) in 500..2_500
    assert Enum.zip(cases, ours) == Enum.zip(cases, judged)
  end

  test "a subnet contains no address of the other family" do
    {:ok, all4} = Subnet.parse("0.0.0.0/0")
    {:ok, all6} = Subnet.parse("::/0")

    refute Subnet.contains?(all4, "::")
    refute Subnet.contains?(all6, "0.0.0.0")
    assert Subnet.contains?(all6, "ffff::")
  end

  test "contains?/2 raises for a term that is neither an address nor a subnet" do
    {:ok, all} = Subnet.parse("0.0.0.0/0")

    for wrong <- ["10.1", nil, {1, 2, 3}] do
      assert_raise ArgumentError, ~r/#{Regex.escape(inspect(wrong))}/, fn ->
        Subnet.contains?(all, wrong)
      end
    end
  end

  test "inspect and interpolation show the text" do
    {:ok, subnet} = Subnet.parse("FD00::7/8")
    assert inspect(subnet) == ~S(~IP"fd00::7/8")
    assert "#{subnet}" == "fd00::7/8"
  end

  defp random_case do
    size = Enum.random([4, 16])
    bytes = :rand.bytes(size)
    prefix = :rand.uniform(size * 8 + 1) - 1

    # The address equals the subnet's address up to a random bit: about half are inside.
    differ = :rand.uniform(size * 8 + 1) - 1
    noise = :binary.decode_unsigned(:rand.bytes(size)) >>> differ
    number = bxor(:binary.decode_unsigned(bytes), noise)

    {%Subnet{address: IP.decode(bytes), prefix: prefix},
     IP.decode(<<number::size(size)-unit(8)>>)}
  end

  defp hex(%IP{bytes: bytes}), do: Base.encode16(bytes, case: :lower)
end

defmodule Linx.IP.SubnetTest do
  use ExUnit.Case, async: true

  import Bitwise

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Test.Python

  # Beside `import Linx.IP`, as in a program: the examples must not depend on what is imported.
  import Linx.IP, warn: false

  doctest Linx.IP.Subnet

  describe "parse/1" do
    test "keeps the host bits" do
      {:ok, ip} = IP.parse("10.0.42.7")
      assert Subnet.parse("10.0.42.7/24") == {:ok, %Subnet{address: ip, prefix: 24}}
    end

    test "takes every prefix of the family and no other" do
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

    test "refuses what is not ADDRESS/DIGITS, and names it" do
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

  test "an address of the other family is never inside" do
    {:ok, all4} = Subnet.parse("0.0.0.0/0")
    {:ok, all6} = Subnet.parse("::/0")

    refute Subnet.contains?(all4, "::")
    refute Subnet.contains?(all6, "0.0.0.0")
    assert Subnet.contains?(all6, "ffff::")
  end

  test "membership of a text that is no address is a mistake of the caller" do
    {:ok, all} = Subnet.parse("0.0.0.0/0")
    assert_raise ArgumentError, ~r/"10.1"/, fn -> Subnet.contains?(all, "10.1") end
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

    # Equal to the subnet's address up to a random bit, so that about half lie inside.
    differ = :rand.uniform(size * 8 + 1) - 1
    noise = :binary.decode_unsigned(:rand.bytes(size)) >>> differ
    number = bxor(:binary.decode_unsigned(bytes), noise)

    {%Subnet{address: IP.decode(bytes), prefix: prefix},
     IP.decode(<<number::size(size)-unit(8)>>)}
  end

  defp hex(%IP{bytes: bytes}), do: Base.encode16(bytes, case: :lower)
end

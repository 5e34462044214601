defmodule Linx.Netlink.Options.TypeTest do
  # The types of addresses and subnets.
  use ExUnit.Case, async: true

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.IP.Subnet
  alias Linx.Netlink.Options.Type

  @either {:ip, {:local, :local6}}

  defp forms(text) do
    ip = IP.parse!(text)
    {ip, [ip, text, IP.to_tuple(ip)]}
  end

  test "an address is taken as a value, text or a tuple" do
    for {types, text} <- [{[@either, :ip4], "10.0.0.1"}, {[@either, :ip6], "fd00::1"}],
        {ip, inputs} = forms(text),
        type <- types,
        input <- inputs do
      assert Type.check(type, :dst, input) == {:ok, ip}
      assert Type.ip(input) == {:ok, ip}
    end
  end

  test "an address of the other family is refused with :bad_option" do
    for {type, text} <- [{:ip4, "fd00::1"}, {:ip6, "10.0.0.1"}],
        {_ip, inputs} = forms(text),
        input <- inputs do
      assert Type.check(type, :dst, input) == {:error, {:bad_option, :dst, input}}
    end
  end

  test "a value that is secret is in no error of its own" do
    type = {:secret, {:list, {:string, 3}}}
    assert Type.check(type, :key, ["abc"]) == {:ok, ["abc"]}

    for wrong <- ["abc", ["abcd"], [1], nil],
        do: assert(Type.check(type, :key, wrong) == {:error, {:bad_option, :key, :redacted}})

    # Errors of options in it are those of other keys; a term that is no option may be a secret.
    for {reason, shown} <- [
          {{:bad_option, :mtu, 7}, {:bad_option, :mtu, 7}},
          {{:unknown_option, :mtu}, {:unknown_option, :mtu}},
          {{:unknown_option, "text"}, {:bad_option, :key, :redacted}}
        ] do
      type = {:secret, {:check, fn _value -> {:error, reason} end, "text"}}
      assert Type.check(type, :key, 1) == {:error, shown}
      assert Type.doc(type) == "text"
    end
  end

  test "a subnet is taken as a value, text, an address or a pair" do
    subnet = Subnet.parse!("10.0.0.0/8")

    for input <- [subnet, "10.0.0.0/8", {"10.0.0.0", 8}, {{10, 0, 0, 0}, 8}] do
      assert Type.check(:subnet, :from, input) == {:ok, subnet}
      assert Type.subnet(input) == {:ok, subnet}
    end

    host = Subnet.parse!("10.0.0.1/32")
    {_ip, inputs} = forms("10.0.0.1")
    for input <- inputs, do: assert(Type.check(:subnet, :from, input) == {:ok, host})
  end

  test "a MAC address is taken as a value or text" do
    mac = MAC.parse!("02:00:00:00:00:01")

    for input <- [mac, "02:00:00:00:00:01"] do
      assert Type.check(:mac, :address, input) == {:ok, mac}
      assert Type.mac(input) == {:ok, mac}
    end
  end

  test "a link-layer address is taken as a value, text or the tuple of an IP address" do
    mac = MAC.parse!("02:00:00:00:00:01")
    assert Type.check(:link_address, :address, mac) == {:ok, mac}
    {ip, inputs} = forms("192.0.2.9")

    for input <- inputs do
      assert Type.check(:link_address, :address, input) ==
               {:ok, %LinkAddress{bytes: ip.bytes}}
    end
  end

  test "wrong text is an error of the type, and any other term is :bad_option" do
    for {type, tag} <- [
          {@either, :bad_address},
          {:ip4, :bad_address},
          {:ip6, :bad_address},
          {:subnet, :bad_subnet},
          {:mac, :bad_mac},
          {:link_address, :bad_mac}
        ] do
      assert Type.check(type, :key, "x") == {:error, {tag, "x"}}

      for term <- [nil, 1, :x, ~c"x", {10, 0, 0, 256}, {"10.0.0.0", 33}, {}],
          do: assert(Type.check(type, :key, term) == {:error, {:bad_option, :key, term}})
    end
  end

  test "every type of an address has a description for the documentation" do
    for type <- [@either, :ip4, :ip6, :subnet, :mac, :link_address],
        do: assert(Type.doc(type) =~ ~r/address|subnet/)
  end
end

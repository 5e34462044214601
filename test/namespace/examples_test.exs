defmodule Linx.Namespace.ExamplesTest do
  use Linx.Test.NamespaceCase, async: true

  test "examples/show.exs prints links, addresses and routes", %{ns: ns, path: path} do
    ip!(ns, "link add left address 02:00:00:00:00:2a mtu 1400 type veth peer name right")
    for link <- ~w(lo left right), do: ip!(ns, "link set #{link} up")
    carrier(ns, "left")
    ip!(ns, "address add 10.20.0.1/24 dev left")
    ip!(ns, "route add 10.30.0.0/16 via 10.20.0.254 metric 7")
    ip!(ns, "route add default via 10.20.0.254 table 5000")

    lines = run("examples/show.exs", [path])

    assert ["INDEX", "NAME", "STATE", "MTU", "KIND", "ADDRESS"] in lines
    assert Enum.any?(lines, &match?([_, "left", "up", "1400", "veth", "02:00:00:00:00:2a"], &1))
    assert ["left", "10.20.0.1/24"] in lines
    assert ["lo", "::1/128"] in lines
    assert ["10.30.0.0/16", "10.20.0.254", "left", "7", "254"] in lines
    assert ["default", "10.20.0.254", "left", "-", "5000"] in lines
  end

  @tag :vm
  test "examples/wireguard.exs sends a packet through a tunnel, and shows no key" do
    lines = run("examples/wireguard.exs", [])
    assert ["right", "received", ~s("hello"), "from", "10.0.0.1"] in lines
    assert Enum.any?(lines, &match?(["private_key:", "#Linx" <> _], &1))

    assert [_, _, "at", "192.0.2.1:51820"] = Enum.find(lines, &match?(["peer" | _], &1))
    assert [bytes, "bytes", "received," | _] = Enum.find(lines, &match?([_, "bytes" | _], &1))
    assert String.to_integer(bytes) > 0

    # What the program made is gone.
    {names, 0} = System.cmd("ip", ~w(netns list))
    refute names =~ ~r/^(left|right)\b/m
  end

  # Runs a script, and returns the words of each line that it prints.
  defp run(script, args) do
    command = ["run", "--no-compile", script | args]

    assert {output, 0} =
             System.cmd("mix", command, env: [{"MIX_ENV", "test"}], stderr_to_stdout: true)

    output |> String.split("\n", trim: true) |> Enum.map(&String.split/1)
  end
end

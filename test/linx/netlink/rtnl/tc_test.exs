defmodule Linx.Netlink.Rtnl.TcTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.Tc

  doctest Tc

  test "a handle that is no number of 16 bits on each side is refused" do
    for handle <- [
          "",
          ":",
          "1",
          "1:2:3",
          "10000:",
          "g:",
          "-1:",
          "1: 2",
          -1,
          0x1_0000_0000,
          nil,
          :leaf,
          1.0
        ],
        do: assert(Tc.parse_handle(handle) == {:error, {:bad_handle, handle}})
  end

  test "a handle and its text" do
    for {number, text} <- [{0xFFFF0000, "ffff:"}, {0xA10020, "a1:20"}, {0x7, ":7"}] do
      assert Tc.handle(number) == text
      assert Tc.parse_handle(text) == {:ok, number}
      assert Tc.parse_handle(number) == {:ok, number}
    end

    for {number, name} <- [{0xFFFFFFFF, :root}, {0xFFFFFFF1, :ingress}, {0, :none}] do
      assert Tc.handle(number) == name
      assert Tc.parse_handle(name) == {:ok, number}
      assert Tc.parse_handle(Atom.to_string(name)) == {:ok, number}
    end
  end
end

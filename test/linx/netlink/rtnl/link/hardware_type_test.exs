defmodule Linx.Netlink.Rtnl.Link.HardwareTypeTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Link.HardwareType
  alias Linx.Test.Headers

  unless Headers.available?() or System.get_env("CI") do
    @moduletag skip: "no kernel headers or no C compiler"
  end

  test "every hardware type has the number of its name in the kernel's headers" do
    numbers =
      for {name, number} <- HardwareType.types(),
          into: %{},
          do: {"ARPHRD_#{name |> Atom.to_string() |> String.upcase()}", number}

    %{values: values} = Headers.read(["linux/if_arp.h"], Map.keys(numbers), %{})
    assert map_size(values) > 60
    assert Map.take(numbers, Map.keys(values)) == values
  end

  test "a type without a name is its number" do
    assert Link.hardware_type(%Link{type: 0xFF00}) == 0xFF00
    assert Link.hardware_type(%Link{type: nil}) == nil
  end
end

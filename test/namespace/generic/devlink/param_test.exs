defmodule Linx.Namespace.Generic.Devlink.ParamTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Netdevsim

  alias Linx.Netlink.Error
  alias Linx.Netlink.Generic.Devlink.Param

  @moduletag :vm

  setup :with_device

  test "parameters are those that devlink shows, and are set", %{ns: ns, sock: sock, dev: dev} do
    theirs = fn ->
      for param <- shown(ns, "dev param show")[dev], into: %{} do
        values = Map.new(param["values"], &{String.to_atom(&1["cmode"]), &1["value"]})
        {param["name"], {param["type"] == "generic", values}}
      end
    end

    ours = fn ->
      {:ok, params} = Param.list(sock, device: dev)

      Map.new(params, fn param ->
        {param.param.name, {param.param.generic == true, Param.values(param)}}
      end)
    end

    assert ours.() == theirs.()
    assert %{"max_macs" => {true, %{driverinit: 32}}} = theirs.()

    for {name, cmode, value} <- [
          {"max_macs", :driverinit, 64},
          {"test1", :driverinit, false},
          {"test2", :runtime, 4321},
          {"test1", :driverinit, true}
        ] do
      assert Param.set(sock, dev, name, cmode: cmode, value: value) == :ok
      assert %{^name => {_, %{^cmode => ^value}}} = theirs.()
      assert ours.() == theirs.()
      assert {:ok, param} = Param.get(sock, dev, name)
      assert Param.values(param) == %{cmode => value}
    end

    assert Param.set(sock, dev, "max_macs", cmode: :driverinit, value: 16, type: :u32) == :ok
    assert %{"max_macs" => {true, %{driverinit: 16}}} = theirs.()

    assert {:error, %Error{errno: :eopnotsupp}} =
             Param.set(sock, dev, "max_macs", cmode: :permanent, value: 16)

    assert {:error, %Error{errno: :einval}} = Param.get(sock, dev, "absent")
  end

  test "a parameter is reset to its default", %{ns: ns, sock: sock, dev: dev} do
    :ok = Param.set(sock, dev, "test2", cmode: :runtime, value: 99)
    {:ok, param} = Param.get(sock, dev, "test2")
    assert %{runtime: default} = Param.defaults(param)
    assert Param.set(sock, dev, "test2", cmode: :runtime, default: true) == :ok
    shown = Enum.find(shown(ns, "dev param show")[dev], &(&1["name"] == "test2"))
    assert [%{"cmode" => "runtime", "value" => ^default}] = shown["values"]
  end
end

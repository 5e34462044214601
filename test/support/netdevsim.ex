defmodule Linx.Test.Netdevsim do
  @moduledoc false
  # Devices of the driver netdevsim, which simulates a network card, for tests of devlink.

  import ExUnit.Callbacks, only: [on_exit: 1]
  import Linx.Test.Netns

  alias Linx.Netlink.{Generic, Socket}
  alias Linx.Netlink.Generic.Devlink
  alias Linx.Test.JSON

  @doc """
  Makes a device with two ports in the namespace of the context; a `setup` function.

  The context gains `:name`, of the device, `:dev`, its name with the bus, `:debug`, its folder of
  debugfs, and a socket of generic netlink, `:sock`.
  """
  def with_device(%{ns: ns, path: path}) do
    number = System.unique_integer([:positive])
    exec!(ns, "sh", ["-c", "echo '#{number} 2' > /sys/bus/netdevsim/new_device"])
    on_exit(fn -> File.write!("/sys/bus/netdevsim/del_device", "#{number}") end)
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)

    %{
      sock: sock,
      name: "netdevsim#{number}",
      dev: "netdevsim/netdevsim#{number}",
      debug: "/sys/kernel/debug/netdevsim/netdevsim#{number}"
    }
  end

  @doc "What `devlink` prints, without the name of its object."
  def shown(ns, args) do
    [{_object, shown}] = Map.to_list(JSON.decode!(exec!(ns, "devlink", "-j #{args}")))
    shown
  end

  @doc "Gives a device two virtual functions, whose ports have links."
  def switchdev(sock, dev, name) do
    File.write!("/sys/bus/netdevsim/devices/#{name}/sriov_numvfs", "2")
    :ok = Devlink.set_eswitch(sock, dev, mode: :switchdev)
  end
end

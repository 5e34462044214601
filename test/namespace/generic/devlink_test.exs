defmodule Linx.Namespace.Generic.DevlinkTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Netdevsim

  alias Linx.Netlink.{Batch, Error, Generic, Socket}
  alias Linx.Netlink.Generic.{Devlink, Event}
  alias Linx.Netlink.Generic.Devlink.{Health, Param, Port, Rate, Region, Resource}
  alias Linx.Netlink.Generic.Devlink.{Trap, TrapGroup, TrapPolicer}

  @moduletag :vm

  setup :with_device

  test "devices are those that devlink shows", %{ns: ns, sock: sock, dev: dev, name: name} do
    assert {:ok, [%Devlink{bus_name: "netdevsim", dev_name: ^name} = device]} = Devlink.list(sock)
    assert Map.keys(shown(ns, "dev show")) == [dev]
    assert Devlink.get(sock, dev) == {:ok, device}
    assert Devlink.get(sock, device) == {:ok, device}
    refute device.reload_failed
    assert %{reload_stats: %{reload_action_info: [_ | _]}} = device.dev_stats

    assert {:error, %Error{errno: :enodev}} = Devlink.get(sock, "netdevsim/absent")

    assert {:ok, [{:ok, ^device}, {:error, %Error{errno: :enodev}}]} =
             Batch.run(sock, &[Devlink.get(&1, dev), Devlink.get(&1, "netdevsim/absent")])
  end

  test "driver and versions are those that devlink shows", %{ns: ns, sock: sock, dev: dev} do
    {:ok, info} = Devlink.info(sock, dev)
    %{^dev => theirs} = shown(ns, "dev info")

    versions = &Map.new(&1, fn version -> {version.name, version.value} end)

    assert theirs == %{
             "driver" => info.driver_name,
             "versions" => %{
               "running" => versions.(info.version_running),
               "stored" => versions.(info.version_stored)
             }
           }
  end

  test "a reload is carried out and counted", %{ns: ns, sock: sock, dev: dev, debug: debug} do
    counted = fn ->
      %{^dev => %{"stats" => stats}} = shown(ns, "-s dev show")
      stats["reload"]["driver_reinit"]["unspecified"]
    end

    assert counted.() == 0
    assert Devlink.reload(sock, dev) == {:ok, [:driver_reinit]}
    assert counted.() == 1

    assert {:ok, %{dev_stats: %{reload_stats: %{reload_action_info: infos}}}} =
             Devlink.get(sock, dev)

    assert [%{reload_action_stats: [%{limit: 0, value: 1}]}] =
             Enum.filter(infos, &(&1.reload_action == 1))

    File.write!(debug <> "/fail_reload", "1")
    assert {:error, %Error{}} = Devlink.reload(sock, dev, action: :driver_reinit)
    assert {:ok, %{reload_failed: true}} = Devlink.get(sock, dev)
    File.write!(debug <> "/fail_reload", "0")
    assert {:ok, [{:ok, [:driver_reinit]}]} = Batch.run(sock, &[Devlink.reload(&1, dev)])
    assert {:ok, %{reload_failed: false}} = Devlink.get(sock, dev)

    # The driver has no limits.
    assert {:error, %Error{errno: :eopnotsupp, attribute: nil}} =
             Devlink.reload(sock, dev, limit: :no_reset)

    assert {:error, %Error{errno: :eopnotsupp}} = Devlink.reload(sock, dev, action: :fw_activate)
  end

  test "a reload moves a device to a namespace", %{ns: ns, sock: sock, dev: dev} do
    other = netns!()

    port =
      :erlang.open_port({:spawn_executable, System.find_executable("ip")}, [
        :binary,
        args: ["netns", "exec", other, "sh", "-c", "echo $$; exec cat"]
      ])

    assert_receive {^port, {:data, pid}}
    pid = pid |> String.trim() |> String.to_integer()
    assert Devlink.reload(sock, dev, netns: pid) == {:ok, [:driver_reinit]}
    assert Map.keys(shown(other, "dev show")) == [dev]
    assert shown(ns, "dev show") == %{}

    {:ok, there} = Generic.open({:path, path(other)})
    assert {:error, %Error{}} = Devlink.reload(there, dev, netns: {:fd, 0x7FFFFFFF})
    Socket.close(there)
    :erlang.port_close(port)
  end

  test "the switch of functions is changed", %{ns: ns, sock: sock, dev: dev, name: name} do
    File.write!("/sys/bus/netdevsim/devices/#{name}/sriov_numvfs", "2")
    assert {:ok, %{mode: :legacy}} = Devlink.eswitch(sock, dev)
    assert Devlink.set_eswitch(sock, dev, mode: :switchdev) == :ok
    assert %{^dev => %{"mode" => "switchdev"}} = shown(ns, "dev eswitch show #{dev}")
    assert {:ok, %{mode: :switchdev}} = Devlink.eswitch(sock, dev)
    assert Devlink.set_eswitch(sock, dev, mode: :legacy) == :ok
    assert %{^dev => %{"mode" => "legacy"}} = shown(ns, "dev eswitch show #{dev}")

    for option <- [inline_mode: :transport, encap_mode: :basic] do
      assert {:error, %Error{errno: :eopnotsupp}} = Devlink.set_eswitch(sock, dev, [option])
    end
  end

  test "a monitor receives what changes", %{ns: ns, sock: sock, path: path, dev: dev, name: name} do
    {:ok, monitor} = Devlink.Monitor.start_link(netns: {:path, path})

    exec!(ns, "devlink", "dev param set #{dev} name test2 value 77 cmode runtime")

    assert_receive {:linx_devlink, ^monitor, %Event{op: :param_new, resource: param}}
    assert {param.param.name, Param.values(param)} == {"test2", %{runtime: 77}}

    exec!(ns, "devlink", "region new #{dev}/dummy snapshot 3")
    assert_receive {:linx_devlink, ^monitor, %Event{op: :region_new, resource: region}}
    assert %Region{name: "dummy", snapshot_id: 3} = region

    exec!(ns, "devlink", "trap set #{dev} trap source_mac_is_multicast action trap")
    switchdev(sock, dev, name)
    assert_receive {:linx_devlink, ^monitor, %Event{op: :port_new, resource: %Port{} = port}}
    assert port.port_index in [128, 129]
    assert_receive {:linx_devlink, ^monitor, %Event{op: :rate_new, resource: %Rate{}}}

    {:ok, _} = Devlink.reload(sock, dev)
    assert_receive {:linx_devlink, ^monitor, %Event{op: :port_del, resource: %Port{}}}
    assert_receive {:linx_devlink, ^monitor, %Event{op: :trap_del, resource: %Trap{}}}
    assert_receive {:linx_devlink, ^monitor, %Event{op: :trap_group_new, resource: %TrapGroup{}}}
    assert_receive {:linx_devlink, ^monitor, %Event{op: :trap_policer_new, resource: policer}}
    assert %TrapPolicer{policer_id: _} = policer
    assert Devlink.Monitor.stop(monitor) == :ok
  end

  test "bad input is found before anything is sent", %{sock: sock, dev: dev} do
    {:ok, _} = Devlink.get(sock, dev)
    before = :atomics.get(sock.seq, 1)

    for bad <- [
          "",
          "pci",
          "/x",
          "pci/",
          "a/b/c",
          "a/b\0",
          nil,
          1,
          %{},
          %{bus_name: 1, dev_name: 2}
        ],
        do: assert(Devlink.get(sock, bad) == {:error, {:bad_option, :device, bad}})

    for bad <- [dev, dev <> "/x", dev <> "/-1", "a/b/c/0", nil],
        do: assert(Port.get(sock, bad) == {:error, {:bad_option, :port, bad}})

    assert Port.list(sock, device: "x") == {:error, {:bad_option, :device, "x"}}
    assert Devlink.reload(sock, dev, limit: 1) == {:error, {:bad_option, :limit, 1}}
    assert Devlink.reload(sock, dev, netns: 0) == {:error, {:bad_option, :netns, 0}}
    assert Devlink.set_eswitch(sock, dev, mode: :x) == {:error, {:bad_mode, :x}}
    assert Port.set(sock, dev <> "/0", flavour: :cpu) == {:error, {:unknown_option, :flavour}}
    assert Port.set(sock, dev <> "/0", caps: [x: 1]) == {:error, {:bad_option, :caps, [x: 1]}}
    assert Port.create(sock, dev, []) == {:error, {:missing_option, :flavour}}
    assert Param.set(sock, dev, "x", value: 1) == {:error, {:missing_option, :cmode}}

    for {type, value} <- [u8: 256, flag: 1, string: String.duplicate("x", 32), u32: "1", u16: -1] do
      opts = [cmode: :runtime, type: type, value: value]
      assert Param.set(sock, dev, "x", opts) == {:error, {:bad_option, :value, value}}
    end

    assert Param.set(sock, dev, "x", cmode: :runtime, type: :u8) ==
             {:error, {:missing_option, :value}}

    assert Resource.set(sock, dev, 1, []) == {:error, {:missing_option, :size}}
    assert TrapPolicer.set(sock, dev, 1, rate: 0) == {:error, {:bad_option, :rate, 0}}
    assert Health.set(sock, dev, "x", auto_dump: 1) == {:error, {:bad_option, :auto_dump, 1}}
    assert :atomics.get(sock.seq, 1) == before
  end
end

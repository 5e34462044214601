defmodule Linx.Namespace.Generic.Nl80211.InterfaceTest do
  use Linx.Test.NamespaceCase

  import Linx.Test.Radios

  alias Linx.Netlink.{Batch, Error, Generic}
  alias Linx.Netlink.Generic.Nl80211
  alias Linx.Netlink.Generic.Nl80211.Interface

  @moduletag :vm

  setup context do
    radios!(context, ["ra", "rb"], support_p2p_device: true)
    {:ok, sock} = Generic.open({:path, context.path})
    %{sock: sock}
  end

  defp hex(number), do: "0x" <> String.downcase(Integer.to_string(number, 16))

  test "interfaces are made, listed and deleted as iw has them", %{sock: sock, ns: ns} do
    assert {:ok, %Interface{ifname: "wa", iftype: :station} = wa} =
             Nl80211.create_interface(sock, "ra", "wa", :station,
               mac: "02:00:00:00:aa:01",
               echo: true
             )

    {:ok, %{wiphy: index}} = Nl80211.wiphy(sock, "rb")
    assert Nl80211.create_interface(sock, index, "wb", :mesh_point) == :ok

    text = iw!(ns, "dev wa info")
    assert field(text, "ifindex") == "#{wa.ifindex}"
    assert field(text, "wdev") == hex(wa.wdev)
    assert field(text, "addr") == "02:00:00:00:aa:01" and field(text, "type") == "managed"
    assert field(text, "wiphy") == "#{wa.wiphy}"
    assert field(iw!(ns, "dev wb info"), "type") == "mesh point"

    {:ok, all} = Nl80211.interfaces(sock)
    assert all |> Enum.map(& &1.ifname) |> Enum.sort() == ["wa", "wb"]
    assert {:ok, [%{ifname: "wb"}]} = Nl80211.interfaces(sock, wiphy: "rb")
    assert {:ok, %{ifname: "wa"}} = Nl80211.interface(sock, wa.ifindex)
    assert {:ok, %{ifname: "wa"}} = Nl80211.interface(sock, {:wdev, wa.wdev})

    assert {:error, %Error{errno: :enodev}} = Nl80211.interface(sock, "absent")
    assert {:error, %Error{}} = Nl80211.create_interface(sock, "ra", "wa", :station)

    assert {:error, %Error{errno: :enodev}} =
             Nl80211.create_interface(sock, "absent", "x", :station)

    assert {:ok, [{:ok, %{ifname: "wa"}}, :ok]} =
             Batch.run(sock, &[Nl80211.interface(&1, "wa"), Nl80211.delete_interface(&1, "wb")])

    assert Nl80211.delete_interface(sock, "wa") == :ok
    refute iw!(ns, "dev") =~ "Interface"
  end

  test "an interface without a link has an identifier", %{sock: sock, ns: ns} do
    assert {:ok, %Interface{ifindex: nil, iftype: :p2p_device} = p2p} =
             Nl80211.create_interface(sock, "ra", "p2p", :p2p_device, echo: true)

    assert iw!(ns, "dev") =~
             "Unnamed/non-netdev interface\n\t\twdev #{hex(p2p.wdev)}"

    assert {:ok, %{wdev: wdev}} = Nl80211.interface(sock, {:wdev, p2p.wdev})
    assert wdev == p2p.wdev
    assert Nl80211.delete_interface(sock, {:wdev, p2p.wdev}) == :ok
    refute iw!(ns, "dev") =~ "Unnamed"
  end

  test "type and four addresses can be changed", %{sock: sock, ns: ns} do
    :ok = Nl80211.create_interface(sock, "ra", "wa", :station, four_addr: true)
    assert iw!(ns, "dev wa info") =~ "4addr: on"
    assert Nl80211.set_interface(sock, "wa", four_addr: false) == :ok
    refute iw!(ns, "dev wa info") =~ "4addr: on"
    assert {:ok, %{four_addr: false}} = Nl80211.interface(sock, "wa")

    for {type, mode} <- [adhoc: "IBSS", mesh_point: "mesh point", ap: "AP", monitor: "monitor"] do
      assert Nl80211.set_interface(sock, "wa", type: type) == :ok
      assert field(iw!(ns, "dev wa info"), "type") == mode
    end

    # The kernel gives a mesh point alone a name.
    assert {:error, %Error{errno: :einval}} = Nl80211.set_interface(sock, "wa", mesh_id: "roof")
    ip!(ns, "link set wa up")
    assert {:error, %Error{errno: errno}} = Nl80211.set_interface(sock, "wa", type: :nan)
    assert errno in [:eopnotsupp, :einval, :ebusy]
  end

  test "an interface ends with the socket that owns it", %{ns: ns, path: path} do
    {:ok, owner} = Generic.open({:path, path})
    :ok = Nl80211.create_interface(owner, "ra", "wa", :station, socket_owner: true)
    assert iw!(ns, "dev") =~ "Interface wa"
    :ok = Linx.Netlink.Socket.close(owner)
    eventually(fn -> not (iw!(ns, "dev") =~ "Interface wa") end)
  end

  test "a monitor has flags and a channel", %{sock: sock, ns: ns} do
    flags = [:fcsfail, :control, :other_bss]

    assert {:ok, _} =
             Nl80211.create_interface(sock, "ra", "mon", :monitor,
               monitor_flags: flags,
               echo: true
             )

    ip!(ns, "link set mon up")

    assert Nl80211.set_channel(sock, "mon", 2437) == :ok

    assert field(iw!(ns, "dev mon info"), "channel") =~
             ~r/\A6 \(2437 MHz\), width: 20 MHz \(no HT\)/

    assert Nl80211.set_channel(sock, "mon", 5180, width: 80, center_freq1: 5210) == :ok

    assert field(iw!(ns, "dev mon info"), "channel") =~
             "36 (5180 MHz), width: 80 MHz, center1: 5210 MHz"

    assert {:ok, interface} = Nl80211.interface(sock, "mon")

    assert {interface.wiphy_freq, interface.channel_width, interface.center_freq1} ==
             {5180, :"80", 5210}

    assert Nl80211.set_channel(sock, "mon", 2412, channel_type: :ht40plus) == :ok

    assert field(iw!(ns, "dev mon info"), "channel") =~
             "1 (2412 MHz), width: 40 MHz, center1: 2422 MHz"

    assert Nl80211.set_channel(sock, "mon", 5180,
             width: :"80p80",
             center_freq1: 5210,
             center_freq2: 5775
           ) == :ok

    assert field(iw!(ns, "dev mon info"), "channel") =~ "center1: 5210 MHz, center2: 5775 MHz"

    assert {:error, %Error{errno: :einval}} = Nl80211.set_channel(sock, "mon", 1234)

    assert {:error, %Error{errno: :einval}} =
             Nl80211.set_channel(sock, "mon", 5180, freq_offset: 500)
  end

  test "power save and transmit power are set", %{sock: sock, ns: ns} do
    :ok = Nl80211.create_interface(sock, "ra", "wa", :station)
    ip!(ns, "link set wa up")

    for on <- [true, false] do
      assert Nl80211.set_power_save(sock, "wa", on) == :ok
      assert iw!(ns, "dev wa get power_save") == "Power save: #{if on, do: "on", else: "off"}\n"
      assert Nl80211.power_save(sock, "wa") == {:ok, on}
    end

    assert {:ok, [{:ok, false}]} = Batch.run(sock, &[Nl80211.power_save(&1, "wa")])

    # The kernel reports the power of a channel in use, and takes one that is set from the next on.
    :ok = Nl80211.create_interface(sock, "rb", "wb", :adhoc)
    ip!(ns, "link set wb up")

    for {power, dbm} <- [{{:fixed, 7}, 7.0}, {{:limit, 11.0}, 11.0}, {:auto, 20.0}] do
      assert Nl80211.set_tx_power(sock, "wb", power) == :ok

      :ok =
        Nl80211.join_ibss(sock, "wb", "field", 2437, bssid: "02:aa:bb:cc:dd:ee", freq_fixed: true)

      text = eventually_iw(ns, "dev wb info", ~r/channel/)
      shown = "#{:erlang.float_to_binary(dbm, decimals: 2)} dBm"
      assert {power, field(text, "txpower")} == {power, shown}
      {:ok, interface} = Nl80211.interface(sock, "wb")
      assert Interface.tx_power(interface) == dbm
      :ok = Nl80211.leave_ibss(sock, "wb")
    end
  end
end

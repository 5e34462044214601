defmodule Linx.Namespace.Generic.Ethtool.DevicesTest do
  # Settings of devices that have them: netdevsim and tap. The judge is ethtool, in both directions.
  use Linx.Test.NamespaceCase, async: false

  alias Linx.Netlink.{Error, Generic, Socket}
  alias Linx.Netlink.Generic.Ethtool
  alias Linx.Netlink.Generic.Ethtool.{Coalesce, Monitor}
  alias Linx.Test.JSON

  @moduletag :vm

  @bus "/sys/bus/netdevsim"
  @debug "/sys/kernel/debug/netdevsim"

  setup %{ns: ns, path: path} do
    id = System.unique_integer([:positive])
    exec!(ns, "sh", ["-c", "echo '#{id} 1 4' > #{@bus}/new_device"])
    on_exit(fn -> File.write!("#{@bus}/del_device", "#{id}") end)
    exec!(ns, "ip", "tuntap add tap0 mode tap")

    dev =
      eventually(fn ->
        Enum.find_value(ip_json(ns, "link"), fn %{"ifname" => name} ->
          name not in ["lo", "tap0"] && name
        end)
      end)

    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock, dev: dev, debug: "#{@debug}/netdevsim#{id}/ports/0/ethtool"}
  end

  # The lines `name: value` of ethtool's output, as `{name, value}`.
  defp lines(ns, args) do
    for [_, name, value] <-
          Regex.scan(~r/^\s*([^:\n]+):[ \t]*(.*?)\s*$/m, exec!(ns, "ethtool", args)),
        do: {name, value}
  end

  defp value(ns, args, name), do: ns |> lines(args) |> List.keyfind(name, 0) |> elem(1)

  # The last value: that of the current settings, which follow the maxima.
  defp current(ns, args, name),
    do: ns |> lines(args) |> Enum.reverse() |> List.keyfind(name, 0) |> elem(1)

  # Sets each option and has ethtool read it; has ethtool set it and reads it.
  defp both_ways(ns, sock, {topic, link, show, change}, rows) do
    for {option, printed, word, ours, theirs} <- rows do
      assert Ethtool.set(sock, topic, link, [{option, ours}]) == :ok
      assert {option, current(ns, "#{show} #{link}", printed)} == {option, text(ours)}
      exec!(ns, "ethtool", "#{change} #{link} #{word} #{text(theirs)}")
      {:ok, struct} = Ethtool.get(sock, topic, link)
      assert {option, Map.fetch!(struct, option)} == {option, theirs}
    end
  end

  # The numbers of the modes that ETHTOOL_GLINKSETTINGS of include/uapi/linux/ethtool.h returns.
  defp advertised(ns) do
    script = """
    import array, fcntl, socket, struct
    sock = socket.socket()
    def ask(words):
        data = array.array("B", struct.pack("=IIBBBBBBBb", 0x4C, 0, 0, 0, 0, 0, 0, 0, 0, words) + bytes(600))
        fcntl.ioctl(sock, 0x8946, struct.pack("16sP", b"tap0", data.buffer_info()[0]))
        return data.tobytes()
    words = -struct.unpack_from("=b", ask(0), 15)[0]
    mask = int.from_bytes(ask(words)[48 + 4 * words : 48 + 8 * words], "little")
    print([bit for bit in range(32 * words) if mask >> bit & 1])
    """

    ns |> exec!("python3", ["-c", script]) |> JSON.decode!()
  end

  defp text(true), do: "on"
  defp text(false), do: "off"
  defp text(number), do: to_string(number)

  test "rings", %{sock: sock, ns: ns, dev: dev, debug: debug} do
    both_ways(ns, sock, {:rings, dev, "-g", "-G"}, [
      {:rx, "RX", "rx", 1000, 1001},
      {:rx_mini, "RX Mini", "rx-mini", 100, 101},
      {:rx_jumbo, "RX Jumbo", "rx-jumbo", 200, 201},
      {:tx, "TX", "tx", 300, 301}
    ])

    File.write!(debug <> "/ring/tx_max_pending", "2048")

    assert {:ok, %{rx_max: 4096, tx_max: 2048, rx: 1001, tx: 301}} =
             Ethtool.get(sock, :rings, dev)

    assert {:error, %Error{errno: :einval, attribute: [:tx]}} =
             Ethtool.set(sock, :rings, dev, tx: 2049)

    for {split, printed} <- [disabled: "off", enabled: "on"] do
      assert Ethtool.set(sock, :rings, dev, tcp_data_split: split) == :ok
      assert value(ns, "-g #{dev}", "TCP data split") == printed
      assert {:ok, %{tcp_data_split: ^split}} = Ethtool.get(sock, :rings, dev)
    end

    # ethtool 6.1 does not print it.
    assert Ethtool.set(sock, :rings, dev, hds_thresh: 100) == :ok
    assert {:ok, %{hds_thresh: 100, hds_thresh_max: 1024}} = Ethtool.get(sock, :rings, dev)

    assert {:error, %Error{attribute: [:hds_thresh]}} =
             Ethtool.set(sock, :rings, dev, hds_thresh: 1025)

    for {option, value} <- [
          rx_buf_len: 2048,
          cqe_size: 64,
          tx_push: true,
          rx_push: true,
          tx_push_buf_len: 10
        ],
        do:
          assert(
            {:error, %Error{errno: :eopnotsupp, attribute: [^option]}} =
              Ethtool.set(sock, :rings, dev, [{option, value}])
          )
  end

  test "channels", %{sock: sock, ns: ns, dev: dev} do
    both_ways(ns, sock, {:channels, dev, "-l", "-L"}, [
      {:combined_count, "Combined", "combined", 3, 2}
    ])

    assert {:ok, %{combined_max: 4, rx_max: nil}} = Ethtool.get(sock, :channels, dev)

    for option <- [:rx_count, :tx_count, :other_count, :combined_count] do
      assert {:error, %Error{errno: :einval, attribute: [^option]}} =
               Ethtool.set(sock, :channels, dev, [{option, 5}])
    end
  end

  test "coalescing", %{sock: sock, ns: ns, dev: dev} do
    plain =
      ~w(stats_block_usecs pkt_rate_low pkt_rate_high rx_usecs rx_usecs_irq tx_usecs tx_usecs_irq
         rx_usecs_low tx_usecs_low rx_usecs_high tx_usecs_high)a

    frames = ~w(rx_max_frames rx_max_frames_irq tx_max_frames tx_max_frames_irq rx_max_frames_low
         tx_max_frames_low rx_max_frames_high tx_max_frames_high)a

    word = fn option -> option |> Atom.to_string() |> String.replace("_", "-") end
    frame = &(&1 |> word.() |> String.replace("max-frames", "frames"))
    # ethtool prints "rx-frame-low" for its option "rx-frames-low".
    printed = &(&1 |> frame.() |> String.replace(~r/frames-(low|high)/, "frame-\\1"))

    rows =
      for(
        {option, n} <- Enum.with_index(plain, 10),
        do: {option, word.(option), word.(option), n, n + 100}
      ) ++
        for(
          {option, n} <- Enum.with_index(frames, 40),
          do: {option, printed.(option), frame.(option), n, n + 100}
        ) ++
        [{:rate_sample_interval, "sample-interval", "sample-interval", 7, 8}]

    both_ways(ns, sock, {:coalesce, dev, "-c", "-C"}, rows)

    for {option, printed} <- [
          use_adaptive_rx: ~r/Adaptive RX: (\w+)/,
          use_adaptive_tx: ~r/Adaptive RX: \w+  TX: (\w+)/
        ],
        on <- [true, false] do
      assert Ethtool.set(sock, :coalesce, dev, [{option, on}]) == :ok
      assert [_, text] = Regex.run(printed, exec!(ns, "ethtool", "-c #{dev}"))
      assert {option, text} == {option, text(on)}
      {:ok, struct} = Ethtool.get(sock, :coalesce, dev)
      assert Map.fetch!(struct, option) == on
    end

    exec!(ns, "ethtool", "-C #{dev} adaptive-rx on")

    assert {:ok, %{use_adaptive_rx: true, use_adaptive_tx: false}} =
             Ethtool.get(sock, :coalesce, dev)

    # netdevsim takes these and keeps none.
    for {option, value} <- [
          use_cqe_mode_rx: true,
          use_cqe_mode_tx: true,
          tx_aggr_max_bytes: 9,
          tx_aggr_max_frames: 9,
          tx_aggr_time_usecs: 9,
          rx_profile: [[usec: 1, pkts: 2], [comps: 3]],
          tx_profile: [[usec: 1]]
        ],
        do: assert(Ethtool.set(sock, :coalesce, dev, [{option, value}]) == :ok)

    both_ways(ns, sock, {:coalesce, "tap0", "-c", "-C"}, [
      {:rx_max_frames, "rx-frames", "rx-frames", 5, 6}
    ])

    assert {:ok, %Coalesce{rx_usecs: nil}} = Ethtool.get(sock, :coalesce, "tap0")

    assert {:error, %Error{errno: :einval, attribute: [:rx_usecs]}} =
             Ethtool.set(sock, :coalesce, "tap0", rx_usecs: 1)
  end

  test "pause frames", %{sock: sock, ns: ns, dev: dev, debug: debug} do
    both_ways(ns, sock, {:pause, dev, "-a", "-A"}, [
      {:rx, "RX", "rx", true, false},
      {:tx, "TX", "tx", true, false}
    ])

    # netdevsim refuses it.
    assert {:error, %Error{errno: :einval}} = Ethtool.set(sock, :pause, dev, autoneg: true)
    assert Ethtool.set(sock, :pause, dev, autoneg: false) == :ok

    assert {:ok, %{stats: nil}} = Ethtool.get(sock, :pause, dev)
    File.write!(debug <> "/pause/report_stats_rx", "Y")
    File.write!(debug <> "/pause/report_stats_tx", "Y")
    counters = Map.new(lines(ns, "-I -a #{dev}"))

    assert {:ok, %{stats: %{rx_frames: rx, tx_frames: tx}, stats_src: :aggregate}} =
             Ethtool.get(sock, :pause, dev, include_statistics: true)

    assert counters["rx_pause_frames"] == to_string(rx)
    assert counters["tx_pause_frames"] == to_string(tx)
    File.write!(debug <> "/pause/report_stats_rx", "N")

    assert {:ok, [%{stats: %{rx_frames: nil, tx_frames: ^tx}}]} =
             Ethtool.list(sock, :pause, include_statistics: true)

    assert {:error, %Error{message: "" <> _}} =
             Ethtool.get(sock, :pause, dev, include_statistics: true, stats_src: :pmac)
  end

  test "forward error correction", %{sock: sock, ns: ns, dev: dev, debug: debug} do
    show = "--show-fec #{dev}"
    encodings = "Supported/Configured FEC encodings"

    for {modes, printed, active} <- [
          {["RS"], "RS", "RS"},
          {["BASER"], "BaseR", "BASER"},
          {["LLRS"], "LLRS", "LLRS"}
        ] do
      assert Ethtool.set(sock, :fec, dev, modes: modes) == :ok
      assert value(ns, show, encodings) == printed
      assert {:ok, %{modes: ^modes, active: ^active, auto: false}} = Ethtool.get(sock, :fec, dev)
    end

    assert Ethtool.set(sock, :fec, dev, modes: [{"RS", true}]) == :ok
    assert value(ns, show, encodings) == "RS LLRS"
    assert Ethtool.set(sock, :fec, dev, auto: true, modes: []) == :ok
    assert value(ns, show, encodings) == "Auto"

    exec!(ns, "ethtool", "--set-fec #{dev} encoding baser rs")
    assert {:ok, %{modes: modes, auto: false}} = Ethtool.get(sock, :fec, dev)
    assert Enum.sort(modes) == ["BASER", "RS"]

    counters = Map.new(lines(ns, "-I " <> show))

    assert {:ok, %{stats: %{corrected: [corrected | _], uncorr: [uncorr | _]}}} =
             Ethtool.get(sock, :fec, dev, include_statistics: true)

    assert counters["corrected_blocks"] == to_string(corrected)
    assert counters["uncorrectable_blocks"] == to_string(uncorr)

    File.write!(debug <> "/get_err", "5")
    assert {:error, %Error{errno: :eio}} = Ethtool.get(sock, :fec, dev)
    File.write!(debug <> "/get_err", "0")
    File.write!(debug <> "/set_err", "1")
    assert {:error, %Error{errno: :eperm}} = Ethtool.set(sock, :fec, dev, auto: true)
    File.write!(debug <> "/set_err", "0")
  end

  test "speed, duplex, modes and port", %{sock: sock, ns: ns} do
    both_ways(ns, sock, {:linkmodes, "tap0", "", "-s"}, [
      {:autoneg, "Auto-negotiation", "autoneg", true, false}
    ])

    assert Ethtool.set(sock, :linkmodes, "tap0", speed: 100, duplex: :half) == :ok
    assert {value(ns, "tap0", "Speed"), value(ns, "tap0", "Duplex")} == {"100Mb/s", "Half"}
    exec!(ns, "ethtool", "-s tap0 speed 2500 duplex full")
    assert {:ok, %{speed: 2500, duplex: :full}} = Ethtool.get(sock, :linkmodes, "tap0")

    # ethtool prints modes that are supported, and a tap supports none: the judge is the ioctl.
    assert Ethtool.set(sock, :linkmodes, "tap0", autoneg: true) == :ok
    assert Ethtool.set(sock, :linkmodes, "tap0", ours: ["100baseT/Full", "Pause"]) == :ok
    assert advertised(ns) == [3, 13]
    # Of a list, bits that were set before stay set.
    assert Ethtool.set(sock, :linkmodes, "tap0", ours: ["100baseT/Full", "Asym_Pause"]) == :ok
    assert advertised(ns) == [3, 14]

    assert {:ok, %{ours: %{supported: [], advertised: ["100baseT/Full", "Asym_Pause"]}}} =
             Ethtool.get(sock, :linkmodes, "tap0")

    switches = [{"10baseT/Half", true}, {"Asym_Pause", false}]
    assert Ethtool.set(sock, :linkmodes, "tap0", ours: switches) == :ok
    assert advertised(ns) == [0, 3]
    exec!(ns, "ethtool", "-s tap0 advertise 1000baseT/Full on 10baseT/Half off")

    assert {:ok, %{ours: %{advertised: ["100baseT/Full", "1000baseT/Full"]}}} =
             Ethtool.get(sock, :linkmodes, "tap0")

    assert {:error, %Error{attribute: [:master_slave_cfg]}} =
             Ethtool.set(sock, :linkmodes, "tap0", master_slave_cfg: :master_force)

    assert {:error, %Error{attribute: [:lanes]}} =
             Ethtool.set(sock, :linkmodes, "tap0", lanes: 2, autoneg: false)

    for {port, printed} <- [mii: "MII", fibre: "FIBRE", da: "Direct Attach Copper"] do
      assert Ethtool.set(sock, :linkinfo, "tap0", port: port) == :ok
      assert value(ns, "tap0", "Port") == printed
    end

    assert Ethtool.set(sock, :linkinfo, "tap0", phyaddr: 3, port: :tp) == :ok
    assert value(ns, "tap0", "PHYAD") == "3"
    assert Ethtool.set(sock, :linkinfo, "tap0", tp_mdix_ctrl: :mdi_x) == :ok
    assert value(ns, "tap0", "MDI-X") =~ "forced"
    exec!(ns, "ethtool", "-s tap0 port aui phyad 4 mdix auto")

    assert {:ok, %{port: :aui, phyaddr: 4, tp_mdix_ctrl: :auto}} =
             Ethtool.get(sock, :linkinfo, "tap0")
  end

  test "classes of debugging messages", %{sock: sock, ns: ns} do
    level = fn -> value(ns, "tap0", "Current message level") end
    assert Ethtool.set(sock, :debug, "tap0", msgmask: ["drv", "link"]) == :ok
    assert level.() =~ "0x00000005"
    assert Ethtool.set(sock, :debug, "tap0", msgmask: ["link", "timer"]) == :ok
    assert level.() =~ "0x0000000c"
    assert Ethtool.set(sock, :debug, "tap0", msgmask: [{"probe", true}, {"timer", false}]) == :ok
    assert level.() =~ "0x00000006"
    exec!(ns, "ethtool", "-s tap0 msglvl drv on link off")
    assert {:ok, %{msgmask: ["drv", "probe"]}} = Ethtool.get(sock, :debug, "tap0")
    assert Ethtool.set(sock, :debug, "tap0", msgmask: []) == :ok
    assert {:ok, %{msgmask: []}} = Ethtool.get(sock, :debug, "tap0")
  end

  test "offloaded ports of tunnels", %{sock: sock, ns: ns, dev: dev} do
    ip!(ns, "link set #{dev} up")
    ip!(ns, "link add vx type vxlan id 7 dstport 4790 dev #{dev}")
    ip!(ns, "link set vx up")

    assert becomes(
             fn -> exec!(ns, "ethtool", "--show-tunnels #{dev}") =~ "port 4790, vxlan" end,
             true
           )

    assert {:ok, %{udp_ports: [%{size: 4, types: ["vxlan"], entries: entries}, second]}} =
             Ethtool.get(sock, :tunnel_info, dev)

    assert [%{port: 4790, type: :vxlan}] = entries
    assert %{types: ["geneve", "vxlan-gpe"], entries: nil} = second
    assert {:ok, [%{dev: %{name: ^dev}}]} = Ethtool.list(sock, :tunnel_info)
  end

  test "the hardware clock", %{sock: sock, ns: ns, dev: dev} do
    clock = value(ns, "-T #{dev}", "PTP Hardware Clock")
    {:ok, info} = Ethtool.get(sock, :tsinfo, dev, include_statistics: true)
    assert to_string(info.phc_index) == clock
    assert %{index: index, qualifier: :precise} = info.hwtstamp_provider
    assert index == info.phc_index and info.hwtstamp_source == :netdev
    assert {:ok, %{num: nil}} = Ethtool.get(sock, :phc_vclocks, dev)
  end

  test "changes are notified with names", %{sock: sock, ns: ns, path: path, dev: dev} do
    {:ok, monitor} = Monitor.start_link(netns: {:path, path})

    for {args, op} <- [
          {"-G #{dev} rx 77", :rings_ntf},
          {"-C #{dev} rx-usecs 7", :coalesce_ntf},
          {"-A #{dev} rx on", :pause_ntf},
          {"--set-fec #{dev} encoding rs", :fec_ntf},
          {"-L #{dev} combined 1", :channels_ntf},
          {"-s tap0 speed 100 duplex half", :linkmodes_ntf},
          {"-s tap0 port mii", :linkinfo_ntf},
          {"-s tap0 msglvl drv on", :debug_ntf}
        ] do
      exec!(ns, "ethtool", args)
      assert_receive {:linx_ethtool, ^monitor, %Ethtool.Event{op: ^op, resource: resource}}
      topic = op |> Atom.to_string() |> String.replace("_ntf", "") |> String.to_existing_atom()
      assert Ethtool.get(sock, topic, resource.dev.index) == {:ok, resource}
    end
  end
end

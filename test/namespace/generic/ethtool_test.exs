defmodule Linx.Namespace.Generic.EthtoolTest do
  # The judge is ethtool, on a veth.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Connection, Error, Generic, Rtnl, Socket}
  alias Linx.Netlink.Generic.Ethtool
  alias Linx.Netlink.Generic.Ethtool.{Channels, Dev, Features, Linkmodes, Monitor, Stats, Strset}
  alias Linx.Test.JSON

  setup %{ns: ns, path: path} do
    ip!(ns, "link add va type veth peer name vb")
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    [%{"ifindex" => index}] = ip_json(ns, "link show dev va")
    %{sock: sock, index: index}
  end

  # Features by their name in ethtool's output: `{active, fixed, requested}`. The names of groups of
  # features have no state of their own.
  defp features(ns) do
    [features] = JSON.decode!(exec!(ns, "ethtool", "--json -k va"))

    for {name, %{"active" => active, "fixed" => fixed, "requested" => requested}} <- features,
        fixed != nil,
        into: %{},
        do: {name, {active, fixed, requested}}
  end

  # Names that ethtool prints in place of the kernel's.
  @printed %{
    "rx-checksum" => "rx-checksumming",
    "rx-gro" => "generic-receive-offload",
    "rx-lro" => "large-receive-offload",
    "tx-generic-segmentation" => "generic-segmentation-offload",
    "rx-vlan-hw-parse" => "rx-vlan-offload",
    "tx-vlan-hw-insert" => "tx-vlan-offload",
    "rx-ntuple-filter" => "ntuple-filters",
    "rx-hashing" => "receive-hashing"
  }

  defp printed(name), do: Map.get(@printed, name, name)

  defp ours(%Features{} = features, name) do
    fixed = name not in features.hw or name in features.nochange
    {name in features.active, fixed, name in features.wanted}
  end

  test "features are those that ethtool prints", %{sock: sock, ns: ns, index: index} do
    {:ok, %Features{dev: %{index: ^index, name: "va"}} = features} =
      Ethtool.get(sock, :features, "va")

    {:ok, %Strset{sets: %{features: names}}} = Ethtool.get(sock, :strset, "va", sets: [:features])
    theirs = features(ns)
    assert map_size(theirs) > 40

    for name <- names,
        theirs = theirs[printed(name)],
        do: assert({name, ours(features, name)} == {name, theirs})

    assert length(for name <- names, theirs[printed(name)], do: name) == map_size(theirs)
    assert features.hw != [] and features.active != [] and features.nochange != []
  end

  test "features are set one by one and as a list", %{sock: sock, ns: ns} do
    assert {true, false, _} = features(ns)["tx-checksum-ip-generic"]
    switches = [{"rx-gro", true}, {"tx-checksum-sctp", false}]
    assert Ethtool.set(sock, :features, "va", wanted: switches) == :ok

    assert %{
             "generic-receive-offload" => {true, _, true},
             "tx-checksum-sctp" => {false, _, false}
           } = features(ns)

    assert {true, false, _} = features(ns)["tx-checksum-ip-generic"]

    list = ["rx-gro", "tx-checksum-ip-generic"]
    assert Ethtool.set(sock, :features, "va", wanted: list) == :ok
    on = for {name, {true, false, _}} <- features(ns), do: name
    assert Enum.sort(on) == ["generic-receive-offload", "tx-checksum-ip-generic"]

    {:ok, features} = Ethtool.get(sock, :features, "va")
    assert Enum.sort(features.wanted) == Enum.sort(list)

    exec!(ns, "ethtool", "-K va gro off sg on")
    {:ok, features} = Ethtool.get(sock, :features, "va")
    refute "rx-gro" in features.active
    assert "tx-scatter-gather" in features.active
  end

  test "features that did not change are an error, and the others change", %{sock: sock, ns: ns} do
    switches = [{"rx-gro", true}, {"rx-gro-hw", true}, {"loopback", true}]
    assert {:error, {:unchanged, names}} = Ethtool.set(sock, :features, "va", wanted: switches)
    assert Enum.sort(names) == ["loopback", "rx-gro-hw"]
    assert {true, false, true} = features(ns)["generic-receive-offload"]

    # ethtool says so, too.
    {text, status} =
      System.cmd("ip", ["netns", "exec", ns | ~w(ethtool -K va rx-gro-hw on)],
        stderr_to_stdout: true
      )

    assert status != 0 and text =~ "Could not change"

    assert {:error,
            %Error{
              errno: :eopnotsupp,
              message: "bit name not found",
              attribute: [:wanted, :bits, 0, :name]
            }} = Ethtool.set(sock, :features, "va", wanted: [{"no-such-feature", true}])

    assert Linx.Netlink.format_error({:unchanged, names}) =~ "rx-gro-hw"
  end

  test "a link is named by index, name and alternative name", %{sock: sock, ns: ns, index: index} do
    long = String.duplicate("n", 127)
    ip!(ns, "link property add dev va altname #{long}")

    for link <- [index, "va", long] do
      assert {:ok, %{dev: %Dev{index: ^index, name: "va"}}} = Ethtool.get(sock, :channels, link)
      assert Ethtool.set(sock, :features, link, wanted: [{"rx-gro", true}]) == :ok
    end

    for link <- ["absent", 999_999],
        do: assert({:error, %Error{errno: :enodev}} = Ethtool.get(sock, :channels, link))
  end

  test "link state, modes and port are those of ethtool", %{sock: sock, ns: ns} do
    assert {:ok, %{link: false}} = Ethtool.get(sock, :linkstate, "va")
    ip!(ns, "link set va up")
    ip!(ns, "link set vb up")
    assert becomes(fn -> exec!(ns, "ethtool", "va") =~ "Link detected: yes" end, true)
    assert {:ok, %{link: true}} = Ethtool.get(sock, :linkstate, "va")

    text = exec!(ns, "ethtool", "va")

    assert text =~ "Speed: 10000Mb/s" and text =~ "Duplex: Full" and
             text =~ "Port: Twisted Pair" and text =~ "Auto-negotiation: off" and
             text =~ "Transceiver: internal"

    assert {:ok, %Linkmodes{speed: 10_000, duplex: :full, autoneg: false} = modes} =
             Ethtool.get(sock, :linkmodes, "va")

    assert modes.ours == %{supported: [], advertised: []}

    assert {:ok, %{port: :tp, transceiver: :internal, phyaddr: 0}} =
             Ethtool.get(sock, :linkinfo, "va")
  end

  test "channels are read and set", %{sock: sock, ns: ns} do
    ip!(ns, "link add q0 numrxqueues 4 numtxqueues 4 type veth peer name q1")
    assert :ok = Ethtool.set(sock, :channels, "q0", rx_count: 3, tx_count: 2)
    text = exec!(ns, "ethtool", "-l q0")

    assert [_, maxima, current] =
             String.split(text, ~r/Pre-set maximums:|Current hardware settings:/)

    assert maxima =~ ~r/RX:\s+4\nTX:\s+4/ and current =~ ~r/RX:\s+3\nTX:\s+2/

    exec!(ns, "ethtool", "-L q0 rx 2 tx 4")

    assert {:ok, %Channels{rx_max: 4, tx_max: 4, rx_count: 2, tx_count: 4, combined_count: nil}} =
             Ethtool.get(sock, :channels, "q0")

    assert {:error, %Error{errno: :einval, attribute: [:rx_count]}} =
             Ethtool.set(sock, :channels, "q0", rx_count: 5)
  end

  test "timestamping is what ethtool prints", %{sock: sock, ns: ns} do
    {:ok, %{timestamping: kinds}} = Ethtool.get(sock, :tsinfo, "va")
    text = exec!(ns, "ethtool", "-T va")
    theirs = for [_, kind] <- Regex.scan(~r/^\t(\S+)$/m, text), do: kind
    assert kinds == theirs and kinds != []
  end

  test "string sets are those of ethtool", %{sock: sock, ns: ns} do
    {:ok, %{sets: sets}} = Ethtool.get(sock, :strset, "va", sets: [:features, :stats])
    printed = Regex.scan(~r/^ {5}(\w+): \d+$/m, exec!(ns, "ethtool", "-S va"))
    assert sets.stats == for([_, name] <- printed, do: name)
    assert length(sets.features) > 50

    {:ok, %{sets: counts}} =
      Ethtool.get(sock, :strset, "va", sets: [:features, :stats], counts_only: true)

    assert counts == %{features: length(sets.features), stats: length(sets.stats)}

    assert {:ok, %{dev: nil, sets: %{wol_modes: ["phy", "ucast" | _]}}} =
             Ethtool.get(sock, :strset, nil, sets: [:wol_modes])
  end

  test "statistics have the groups that are asked for", %{sock: sock} do
    {:ok, %Stats{groups: groups, src: :aggregate}} =
      Ethtool.get(sock, :stats, "va", groups: ["eth-mac", "rmon"])

    # A veth has none of the statistics.
    assert %{"eth-mac" => %{stats: stats}, "rmon" => _} = groups
    assert {map_size(groups), stats} == {2, %{}}

    {:ok, %{sets: %{stats_std: all}}} = Ethtool.get(sock, :strset, nil, sets: [:stats_std])
    {:ok, %{groups: groups}} = Ethtool.get(sock, :stats, "va")
    assert Enum.sort(Map.keys(groups)) == Enum.sort(all)

    assert {:error, %Error{errno: :eopnotsupp, message: message}} =
             Ethtool.get(sock, :stats, "va", src: :pmac)

    assert message =~ "does not support MAC merge layer"
  end

  test "lists have the links that support the topic", %{sock: sock, ns: ns} do
    names = for %{"ifname" => name} <- ip_json(ns, "link"), do: name
    {:ok, features} = Ethtool.list(sock, :features)
    assert Enum.sort(Enum.map(features, & &1.dev.name)) == Enum.sort(names)
    {:ok, channels} = Ethtool.list(sock, :channels)
    assert Enum.sort(Enum.map(channels, & &1.dev.name)) == ["va", "vb"]

    # Every topic has a list, which may be empty; that of tunnels ends with a refusal of the kernel.
    for {topic, %{dump: dump}} <- Ethtool.__topics__(), dump, topic not in [:strset, :mse] do
      assert {^topic, {:ok, listed}} = {topic, Ethtool.list(sock, topic)}
      assert Enum.all?(listed, &(&1.dev.name in names))
    end

    assert Ethtool.list(sock, :wol) == {:ok, []}
    assert Ethtool.list(sock, :tunnel_info) == {:ok, []}
    {:ok, sets} = Ethtool.list(sock, :strset, sets: [:stats])
    assert %{sets: %{stats: ["peer_ifindex" | _]}} = Enum.find(sets, &(&1.dev.name == "va"))
    {:ok, stats} = Ethtool.list(sock, :stats, groups: ["eth-phy"])
    assert Enum.all?(stats, &(Map.keys(&1.groups) == ["eth-phy"]))
    assert length(stats) == length(names)
  end

  test "names are looked up once", %{sock: sock} do
    {:ok, _} = Ethtool.get(sock, :features, "va")
    before = :atomics.get(sock.seq, 1)
    {:ok, _} = Ethtool.get(sock, :features, "vb")
    {:ok, _} = Ethtool.list(sock, :features)
    assert :atomics.get(sock.seq, 1) == before + 2
  end

  test "connections and batches take the same", %{sock: sock, path: path, ns: ns, index: index} do
    conn = start_supervised!({Connection, protocol: 16, netns: {:path, path}})
    {:ok, features} = Ethtool.get(sock, :features, "va")
    assert Ethtool.get(conn, :features, "va") == {:ok, features}
    assert Ethtool.set(conn, :features, index, wanted: [{"rx-gro", true}]) == :ok

    assert {:ok,
            [:ok, {:error, %Error{errno: :enodev}}, {:ok, %Features{} = read}, {:ok, %Stats{}}]} =
             Batch.run(sock, fn batch ->
               [
                 Ethtool.set(batch, :features, "va", wanted: ["tx-checksum-ip-generic"]),
                 Ethtool.set(batch, :channels, "absent", rx_count: 1),
                 Ethtool.get(batch, :features, "va"),
                 Ethtool.get(batch, :stats, "va")
               ]
             end)

    assert read.active == ["tx-checksum-ip-generic"]
    assert for({name, {true, false, _}} <- features(ns), do: name) == ["tx-checksum-ip-generic"]
  end

  test "a topic that the link does not have is refused", %{sock: sock} do
    for topic <- [:wol, :rings, :coalesce, :pause, :eee, :fec, :privflags, :rss, :debug] do
      assert {:error, %Error{errno: :eopnotsupp}} = Ethtool.get(sock, topic, "va")
    end

    assert {:error, %Error{errno: :eopnotsupp}} =
             Ethtool.get(sock, :module_eeprom, "va",
               offset: 0,
               length: 1,
               page: 0,
               i2c_address: 80
             )

    for result <- [
          Ethtool.cable_test(sock, "va"),
          Ethtool.cable_test_tdr(sock, "va", pair: :a, first: 0, last: 100, step: 10),
          Ethtool.flash_module(sock, "va", "module.bin", password: 7),
          Ethtool.create_rss(sock, "va"),
          Ethtool.delete_rss(sock, "va", 1)
        ],
        do: assert({:error, %Error{errno: :eopnotsupp}} = result)
  end

  test "bad input is found before anything is sent", %{sock: sock, path: path} do
    {:ok, _} = Ethtool.get(sock, :features, "va")
    before = :atomics.get(sock.seq, 1)

    for topic <- [:nonsense, nil, "features"] do
      assert Ethtool.get(sock, topic, "va") == {:error, {:bad_option, :topic, topic}}
      assert Ethtool.list(sock, topic) == {:error, {:bad_option, :topic, topic}}
      assert Ethtool.set(sock, topic, "va", []) == {:error, {:bad_option, :topic, topic}}
    end

    assert Ethtool.set(sock, :stats, "va", []) == {:error, {:bad_option, :topic, :stats}}
    assert Ethtool.list(sock, :module_eeprom) == {:error, {:bad_option, :topic, :module_eeprom}}

    for link <- ["", "a\0", 0, nil, -1, :va, String.duplicate("m", 128)] do
      bad = {:error, {:bad_option, :link, link}}
      assert Ethtool.get(sock, :features, link) == bad
      assert Ethtool.set(sock, :features, link, wanted: []) == bad
      assert Ethtool.cable_test(sock, link) == bad
    end

    assert Ethtool.list(sock, :rss, link: "") == {:error, {:bad_option, :link, ""}}
    assert Ethtool.get(sock, :features, "va", x: 1) == {:error, {:unknown_option, :x}}

    assert Ethtool.get(sock, :features, "va", include_statistics: true) ==
             {:error, {:unknown_option, :include_statistics}}

    assert Ethtool.get(sock, :module_eeprom, "va") == {:error, {:missing_option, :offset}}

    for wanted <- [nil, :x, [1.5], ["a", {"b", true}], [{"b", 1}], ["a" | "b"], ["a\0"], [""]] do
      assert Ethtool.set(sock, :features, "va", wanted: wanted) ==
               {:error, {:bad_option, :wanted, wanted}}
    end

    for {topic, option, value} <- [
          {:rings, :rx, -1},
          {:rings, :tcp_data_split, :x},
          {:coalesce, :rx_profile, [[usec: -1]]},
          {:channels, :rx_count, 0x100000000},
          {:linkmodes, :duplex, :unknown},
          {:rss, :hkey, ""},
          {:rss, :flow_hash, [tcp9: []]},
          {:tsconfig, :hwtstamp_provider, [index: 0]}
        ],
        do:
          assert(
            Ethtool.set(sock, topic, "va", [{option, value}]) ==
              {:error, {:bad_option, option, value}}
          )

    assert Ethtool.set(sock, :wol, "va", sopass: "secret") |> elem(0) == :error
    refusal = Ethtool.set(sock, :wol, "va", sopass: "too long a secret")
    assert refusal == {:error, {:bad_option, :sopass, :redacted}}

    assert Ethtool.flash_module(sock, "va", "x", password: "secret") ==
             {:error, {:bad_option, :password, :redacted}}

    # The one request is that of the password of six bytes.
    assert :atomics.get(sock.seq, 1) == before + 1

    {:ok, rtnl} = Rtnl.open({:path, path})
    assert {:error, {:wrong_protocol, {16, 0}}} = Ethtool.get(rtnl, :channels, "va")
    assert {:error, {:bad_target, "x"}} = Ethtool.get("x", :channels, "va")

    assert Ethtool.set(sock, :linkmodes, "va", ours: ["no-such-mode"]) ==
             {:error, {:bad_option, :ours, ["no-such-mode"]}}
  end

  test "changes are notified", %{sock: sock, ns: ns, path: path, index: index} do
    {:ok, monitor} = Monitor.start_link(netns: {:path, path})

    {:ok, channels} =
      Monitor.start_link(netns: {:path, path}, tag: :channels, filter: &(&1.op == :channels_ntf))

    exec!(ns, "ethtool", "-K va gro on tx off")
    {:ok, features} = Ethtool.get(sock, :features, "va")

    assert_receive {:linx_ethtool, ^monitor,
                    %Ethtool.Event{
                      op: :features_ntf,
                      resource: %Features{dev: %{index: ^index}} = notified
                    }}

    assert "rx-gro" in notified.active
    eventually(fn -> Ethtool.get(sock, :features, "va") == {:ok, features} end)
    assert notified.hw == features.hw and notified.nochange == features.nochange

    exec!(ns, "ethtool", "-K va gro off")
    :ok = Ethtool.set(sock, :features, "va", wanted: [{"rx-gro-list", true}])

    :ok = Ethtool.set(sock, :channels, "va", rx_count: 1)
    ip!(ns, "link add q0 numrxqueues 4 type veth peer name q1")
    :ok = Ethtool.set(sock, :channels, "q0", rx_count: 3)

    assert_receive {:channels, ^channels,
                    %Ethtool.Event{
                      op: :channels_ntf,
                      resource: %Channels{rx_count: 3, dev: %{name: "q0"}}
                    }}

    assert Monitor.overruns(monitor) == 0
    assert Monitor.stop(monitor) == :ok
    assert Monitor.start_link(groups: ["x"]) == {:error, {:unknown_group, "x"}}
    assert Monitor.start_link(grups: []) == {:error, {:unknown_option, :grups}}
  end
end

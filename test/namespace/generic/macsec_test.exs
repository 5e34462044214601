defmodule Linx.Namespace.Generic.MacsecTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Generic, Socket}
  alias Linx.Netlink.Generic.Macsec
  alias Linx.Netlink.Generic.Macsec.{RxSc, Sa}

  @moduletag :vm

  @key "0123456789abcdef"
  @key_hex Base.encode16(@key, case: :lower)
  @peer {"02:00:00:00:00:07", 11}
  @peer_text "port 11 address 02:00:00:00:00:07"

  setup %{ns: ns, path: path} do
    ip!(ns, "link add va type veth peer name vb")
    ip!(ns, "link add link va ms0 type macsec port 11 encrypt on")
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  # What `ip` shows of a link, with counters.
  defp shown(ns, link \\ "ms0"),
    do: Enum.find(ip_json(ns, "-statistics macsec show"), &(&1["ifname"] == link))

  defp sas(ns, link \\ "ms0"), do: shown(ns, link)["sa_list"]

  defp rx_scs(ns),
    do: for(sc <- shown(ns)["rx_sc"], do: {sc["sci"], sc["active"], sc["sa_list"]})

  test "links are those that ip shows, with their properties and counters", %{ns: ns, sock: sock} do
    ip!(
      ns,
      "link add link va ms1 type macsec port 12 cipher gcm-aes-xpn-256 encrypt off protect on " <>
        "validate check replay on window 77 end_station on send_sci off"
    )

    ip!(ns, ["macsec", "add", "ms0"] ++ words("tx sa 0 pn 100 on key 01 #{@key_hex}"))
    ip!(ns, "macsec add ms0 rx #{@peer_text} on")
    ip!(ns, "macsec add ms0 rx #{@peer_text} sa 2 pn 7 off key 02 #{@key_hex}")
    # Frames that are sent by the link and not received by it.
    for link <- ~w(va vb ms0), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 192.0.2.1/24 dev ms0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:07 dev ms0")
    for _ <- 1..2, do: send_udp(ns, "192.0.2.2")

    {ours, theirs} =
      unchanged(fn -> ip_json(ns, "-statistics macsec show") end, fn -> Macsec.list(sock) end)

    assert {:ok, links} = ours
    assert Enum.map(links, &comparable/1) == theirs
    assert [%{"OutPktsEncrypted" => sent, "sa_list" => [%{"pn" => pn}]}, _] = theirs
    assert sent >= 2 and pn >= 102

    for link <- links, do: assert(Macsec.get(sock, link.ifindex) == {:ok, link})
    assert {:ok, %Macsec{secy: %{window: 77}}} = Macsec.get(sock, "ms1")
  end

  defp words(line), do: OptionParser.split(line)

  defp send_udp(ns, address),
    do: exec!(ns, "bash", ["-c", "echo x >/dev/udp/#{address}/9"])

  # A link as `ip -json -statistics macsec show` has it, of the names that it has.
  defp comparable(link) do
    secy = link.secy

    %{
      "ifindex" => link.ifindex,
      "ifname" => if(secy.cipher_suite == :gcm_aes_xpn_256, do: "ms1", else: "ms0"),
      "protect" => secy.protect,
      "validate" => to_string(secy.validate),
      "sc" => false,
      "sa" => false,
      "encrypt" => secy.encrypt,
      "send_sci" => secy.inc_sci,
      "end_station" => secy.es,
      "scb" => secy.scb,
      "replay" => secy.replay,
      "cipher_suite" =>
        if(secy.cipher_suite == :default, do: "GCM-AES-128", else: "GCM-AES-XPN-256"),
      "icv_length" => secy.icv_len,
      "sci" => hex(secy.sci),
      "encoding_sa" => secy.encoding_sa,
      "offload" => to_string(link.offload.type),
      "sa_list" => Enum.map(link.txsa_list, &sa(&1, ~w(protected encrypted))),
      "rx_sc" =>
        for sc <- link.rxsc_list do
          list = Enum.map(sc.sa_list, &sa(&1, ~w(ok invalid not_valid not_using_sa unused_sa)))

          Map.merge(
            %{"sci" => hex(sc.sci), "active" => sc.active, "sa_list" => list},
            counters(sc.stats)
          )
        end
    }
    |> Map.merge(if(secy.replay, do: %{"window" => secy.window}, else: %{}))
    |> Map.merge(counters(link.secy_stats))
    |> Map.merge(counters(link.txsc_stats))
  end

  defp sa(sa, counters) do
    kept = Enum.map(counters, &camel("pkts_#{&1}"))

    sa.stats
    |> counters()
    |> Map.filter(fn {name, _} -> Enum.any?(kept, &String.ends_with?(name, &1)) end)
    |> Map.merge(%{
      "an" => sa.an,
      "pn" => sa.pn,
      "active" => sa.active,
      "key" => Base.encode16(sa.keyid, case: :lower)
    })
  end

  defp counters(stats) do
    for {name, count} when count != nil <- Map.from_struct(stats),
        into: %{},
        do: {camel(name), count}
  end

  defp camel(name),
    do:
      name
      |> to_string()
      |> Macro.camelize()
      |> String.replace(~r/(Ok|Sci|Sa)$/, &String.upcase/1)

  defp hex(number), do: "0x" <> (number |> Integer.to_string(16) |> String.downcase())

  test "associations for sending are added, changed and deleted", %{ns: ns, sock: sock} do
    opts = [active: false, pn: 4_000_000_000, keyid: <<5::128>>, key: @key]
    assert Macsec.add_tx_sa(sock, "ms0", 3, opts) == :ok

    assert [%{"an" => 3, "pn" => 4_000_000_000, "active" => false, "key" => key}] = sas(ns)
    assert key == String.duplicate("0", 31) <> "5"

    assert {:error, %Error{errno: :ebusy}} = Macsec.add_tx_sa(sock, "ms0", 3, opts)

    assert Macsec.set_tx_sa(sock, "ms0", 3, active: true) == :ok
    assert [%{"pn" => 4_000_000_000, "active" => true}] = sas(ns)
    assert Macsec.set_tx_sa(sock, "ms0", 3, pn: 4_000_000_001) == :ok
    assert [%{"pn" => 4_000_000_001}] = sas(ns)

    assert {:error, %Error{errno: :ebusy}} = Macsec.delete_tx_sa(sock, "ms0", 3)
    assert Macsec.set_tx_sa(sock, "ms0", 3, active: false) == :ok
    assert Macsec.delete_tx_sa(sock, "ms0", 3) == :ok
    assert sas(ns) == []
    assert {:error, %Error{errno: :enodev}} = Macsec.delete_tx_sa(sock, "ms0", 3)
  end

  test "channels of peers and their associations are added, changed and deleted",
       %{ns: ns, sock: sock} do
    assert Macsec.add_rx_sc(sock, "ms0", @peer) == :ok
    assert rx_scs(ns) == [{"0x20000000007000b", true, []}]
    assert Macsec.set_rx_sc(sock, "ms0", 0x020000000007000B, active: false) == :ok
    assert rx_scs(ns) == [{"0x20000000007000b", false, []}]
    assert Macsec.set_rx_sc(sock, "ms0", @peer, active: true) == :ok

    opts = [active: true, pn: 9, keyid: <<6::128>>, key: @key]
    assert Macsec.add_rx_sa(sock, "ms0", @peer, 1, opts) == :ok
    assert [{_, true, [%{"an" => 1, "pn" => 9, "active" => true}]}] = rx_scs(ns)
    assert Macsec.set_rx_sa(sock, "ms0", @peer, 1, active: false, pn: 10) == :ok
    assert [{_, true, [%{"an" => 1, "pn" => 10, "active" => false}]}] = rx_scs(ns)

    assert Macsec.delete_rx_sa(sock, "ms0", @peer, 1) == :ok
    assert [{_, true, []}] = rx_scs(ns)
    assert Macsec.delete_rx_sc(sock, "ms0", @peer) == :ok
    assert rx_scs(ns) == []
    assert {:error, %Error{errno: :enodev}} = Macsec.delete_rx_sc(sock, "ms0", @peer)
  end

  test "extended packet numbers have 64 bits, whatever their value", %{ns: ns, sock: sock} do
    ip!(ns, "link add link va ms1 type macsec port 12 cipher gcm-aes-xpn-256")
    salt = "0123456789ab"
    key = @key <> @key

    opts = [keyid: <<1::128>>, key: key, ssci: 0x01020304, salt: salt]
    assert Macsec.add_tx_sa(sock, "ms1", 0, [xpn: 5] ++ opts) == :ok
    assert Macsec.add_tx_sa(sock, "ms1", 1, [xpn: 0x1_0000_0001] ++ opts) == :ok

    # `ip` prints the lower 32 bits.
    assert [%{"pn" => 5, "ssci" => "0x1020304"}, %{"pn" => 1}] = sas(ns, "ms1")
    assert {:ok, %{txsa_list: [%Sa{pn: 5, ssci: 0x01020304}, high]}} = Macsec.get(sock, "ms1")
    assert %Sa{pn: 0x1_0000_0001} = high
    assert {:error, %Error{errno: :einval}} = Macsec.add_tx_sa(sock, "ms1", 2, [pn: 5] ++ opts)
  end

  # A key that `ip` installed at one end decrypts what the other end sends with ours.
  test "keys are those that the peer has", %{ns: ns, sock: sock} do
    for link <- ~w(va vb), do: ip!(ns, "link set #{link} up")
    other = netns!()
    ip!(ns, "link set vb netns #{other}")
    ip!(other, "link add link vb ms0 type macsec port 12 encrypt on")
    [%{"address" => left}] = ip_json(ns, "link show dev va")
    [%{"address" => right}] = ip_json(other, "link show dev vb")

    :ok = Macsec.add_tx_sa(sock, "ms0", 0, pn: 1, active: true, keyid: <<1::128>>, key: @key)
    :ok = Macsec.add_rx_sc(sock, "ms0", {right, 12}, active: true)

    :ok =
      Macsec.add_rx_sa(sock, "ms0", {right, 12}, 0,
        pn: 1,
        active: true,
        keyid: <<2::128>>,
        key: String.reverse(@key)
      )

    reversed = Base.encode16(String.reverse(@key))
    ip!(other, "macsec add ms0 tx sa 0 pn 1 on key 02 #{reversed}")
    ip!(other, "macsec add ms0 rx port 11 address #{left} on")
    ip!(other, "macsec add ms0 rx port 11 address #{left} sa 0 pn 1 on key 01 #{@key_hex}")

    for {ns, address} <- [{ns, "192.0.2.1/24"}, {other, "192.0.2.2/24"}] do
      ip!(ns, "address add #{address} dev ms0")
      ip!(ns, "link set ms0 up")
    end

    ip!(other, "link set vb up")
    {mac, mac_other} = {mac(ns), mac(other)}
    ip!(ns, "neighbour replace 192.0.2.2 lladdr #{mac_other} dev ms0")
    ip!(other, "neighbour replace 192.0.2.1 lladdr #{mac} dev ms0")

    send_udp(ns, "192.0.2.2")
    eventually(fn -> received(other) > 0 end)
    send_udp(other, "192.0.2.1")
    eventually(fn -> received(ns) > 0 end)

    {:ok, macsec} = Macsec.get(sock, "ms0")

    assert [%RxSc{sa_list: [%Sa{stats: %{in_pkts_ok: ok, in_pkts_not_valid: 0}}]}] =
             macsec.rxsc_list

    assert ok > 0
  end

  defp mac(ns), do: hd(ip_json(ns, "link show dev ms0"))["address"]

  # Packets that were decrypted, as `ip` shows them.
  defp received(ns) do
    [%{"sa_list" => [%{"InPktsOK" => packets}]}] = shown(ns)["rx_sc"]
    packets
  end

  test "offload is refused by a link that has none", %{ns: ns, sock: sock} do
    assert {:error, %Error{errno: :eopnotsupp}} = Macsec.set_offload(sock, "ms0", :mac)
    assert Macsec.set_offload(sock, "ms0", :off) == :ok
    assert %{"offload" => "off"} = shown(ns)
  end

  test "batches read and change links", %{ns: ns, sock: sock} do
    {:ok, results} =
      Batch.run(sock, fn batch ->
        [
          Macsec.add_rx_sc(batch, "ms0", @peer, active: true),
          Macsec.get(batch, "ms0"),
          Macsec.get(batch, "va"),
          Macsec.add_tx_sa(batch, "ms0", 0, pn: 1, keyid: <<1::128>>, key: @key),
          Macsec.delete_tx_sa(batch, "ms0", 2)
        ]
      end)

    assert [:ok, {:ok, %Macsec{rxsc_list: [%RxSc{active: true}]}}, absent, :ok, refused] = results
    assert {:error, %Error{errno: :enodev}} = absent
    assert {:error, %Error{errno: :enodev}} = refused
    assert [%{"an" => 0}] = sas(ns)
  end

  test "bad input is found before anything is sent, and shows no key", %{sock: sock} do
    {:ok, _} = Macsec.get(sock, "ms0")
    before = :atomics.get(sock.seq, 1)
    add = &Macsec.add_tx_sa(sock, "ms0", 0, &1)

    assert add.(key: "secret") == {:error, {:bad_option, :key, :redacted}}
    assert add.(salt: "secret") == {:error, {:bad_option, :salt, :redacted}}
    assert add.(keyid: "x") == {:error, {:bad_option, :keyid, "x"}}
    assert add.(pn: 0) == {:error, {:bad_option, :pn, 0}}
    assert add.(xpn: -1) == {:error, {:bad_option, :xpn, -1}}
    assert add.(nope: 1) == {:error, {:unknown_option, :nope}}
    assert Macsec.add_tx_sa(sock, "ms0", 4, []) == {:error, {:bad_option, :an, 4}}
    assert Macsec.set_tx_sa(sock, "ms0", 0, key: @key) == {:error, {:unknown_option, :key}}
    assert Macsec.add_rx_sc(sock, "ms0", {"x", 1}) == {:error, {:bad_option, :sci, {"x", 1}}}
    assert Macsec.set_offload(sock, "ms0", :x) == {:error, {:bad_option, :offload, :x}}
    assert Macsec.get(sock, nil) == {:error, {:bad_option, :link, nil}}
    assert :atomics.get(sock.seq, 1) == before

    {:error, %Error{errno: :enodev}} = Macsec.get(sock, "va")
    {:error, %Error{errno: :enodev}} = Macsec.get(sock, "absent")

    # A key of the wrong length for the cipher.
    assert {:error, %Error{errno: :einval} = error} =
             add.(pn: 1, keyid: <<1::128>>, key: @key <> @key)

    refute inspect(error) =~ @key

    # A request that was collected for a batch.
    opts = [pn: 1, keyid: <<1::128>>, key: @key]
    assert {:ok, message} = Macsec.add_tx_sa(%Batch{sock: sock}, "ms0", 0, opts)
    refute inspect(message, limit: :infinity) =~ @key
    refute inspect(message, limit: :infinity, binaries: :as_binaries) =~ "49, 50, 51"
  end
end

defmodule Linx.Netlink.Rtnl.Link.FixturesTest do
  # Links as a kernel sent them: test/fixtures/links.exs has the commands.
  use ExUnit.Case, async: true

  import Bitwise, only: [band: 2]

  alias Linx.{IP, MAC}
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}

  # The bytes are little-endian.
  if System.endianness() == :big, do: @moduletag(:skip)

  # IFLA_STATS, whose counters IFLA_STATS64 has too, and IFLA_PAD.
  @undeclared [7, 42]

  @four {IP.decode(<<192, 0, 2, 1>>), IP.decode(<<192, 0, 2, 2>>)}

  test "the fixtures have at least 20 links" do
    assert length(fixtures()) >= 20
  end

  test "each link has the kind and the options that it was created with" do
    {local, remote} = @four

    expected = %{
      "dummy" => nil,
      "bridge" => %{
        vlan_filtering: true,
        vlan_default_pvid: 7,
        ageing_time: 1000,
        vlan_protocol: :"802.1q"
      },
      "vlan" => %{
        id: 7,
        protocol: :"802.1ad",
        egress_qos: [%LinkInfo.Vlan.Qos{from: 1, to: 2}, %LinkInfo.Vlan.Qos{from: 3, to: 4}]
      },
      "macvlan" => %{mode: 1},
      "macvtap" => %{mode: 2},
      "ipvlan" => %{mode: 2, flags: [:private]},
      "bond" => %{mode: :active_backup, arp_interval: 50, arp_ip_target: [local, remote]},
      "vrf" => %{table: 1000},
      "vxlan" => %{id: 42, port: 4789, port_range: %LinkInfo.PortRange{low: 1000, high: 2000}},
      "geneve" => %{id: 5, remote: local, ttl: 9, port: 6081},
      "gre" => %{local: local, remote: remote, ikey: 7, okey: 7, iflags: [:csum, :key]},
      "erspan" => %{erspan_ver: 2, erspan_dir: :egress, erspan_hwid: 7, iflags: [:key, :seq]},
      "ip6gre" => %{encap_limit: 3},
      "ipip" => %{local: local, remote: remote, ttl: 9, proto: :any},
      "sit" => %{local: local, proto: :any},
      "ip6tnl" => %{proto: :any},
      "vti" => %{ikey: 7, okey: 7, local: local},
      "macsec" => %{sci: 0x0200000000070009, encrypt: true, cipher_suite: :default},
      "hsr" => %{version: 1, protocol: :hsr},
      "tun" => %{type: :tap, owner: 1000, vnet_hdr: true}
    }

    seen =
      for {command, bytes} <- fixtures(), kind = kind(command), Map.has_key?(expected, kind) do
        %Link{linkinfo: %LinkInfo{kind: ^kind, info_data: data}} = Link.decode(bytes)

        case expected[kind] do
          nil -> assert data == nil
          fields -> assert {kind, Map.take(data, Map.keys(fields))} == {kind, fields}
        end

        kind
      end

    assert Enum.sort(seen) == expected |> Map.keys() |> Enum.sort()
  end

  test "a bridge port has its port data, its alias and its alternative names" do
    {_, bytes} = Enum.find(fixtures(), fn {command, _} -> command =~ "altname" end)

    assert %Link{
             ifalias: "words",
             linkinfo: %LinkInfo{
               kind: "dummy",
               slave_kind: "bridge",
               slave_data: %LinkInfo.BridgePort{
                 learning: true,
                 status: %LinkInfo.BridgePort.Status{bridge_id: bridge_id}
               }
             }
           } = link = Link.decode(bytes)

    assert Link.alt_names(link) == ["some-other-name"]
    assert LinkInfo.Bridge.Id.address(bridge_id) == %MAC{bytes: <<2, 0, 0, 0, 0, 0x0B>>}
  end

  test "all attributes that the kernel sent are kept by decoding and encoding" do
    for {command, bytes} <- fixtures() do
      link = Link.decode(bytes)
      again = Link.encode(link)

      assert {command, Link.decode(again)} == {command, link}
      assert {command, leaves(again)} == {command, leaves(bytes)}
    end
  end

  test "a truncated message decodes or raises ArgumentError" do
    for {_command, bytes} <- fixtures(), size <- 0..byte_size(bytes) do
      case decode(binary_part(bytes, 0, size)) do
        %Link{} -> :ok
        ArgumentError -> assert size > 16
      end
    end
  end

  test "attributes of a newer kernel are ignored" do
    for {_command, bytes} <- fixtures() do
      newer = bytes <> Attr.encode([{0x3FFF, "new"}, {0x8FFE, Attr.encode([{1, "nest"}])}])
      assert Link.decode(newer) == Link.decode(bytes)
    end
  end

  defp decode(bytes) do
    Link.decode(bytes)
  rescue
    error -> error.__struct__
  end

  # The attributes of the message, and the IDs in IFLA_INFO_DATA and IFLA_INFO_SLAVE_DATA. Deeper
  # nested attributes are omitted.
  defp leaves(<<header::binary-16, attributes::binary>>) do
    attributes = attributes(attributes)

    info =
      Map.new(Attr.decode(Map.get(attributes, 18, <<>>)), fn {type, data} ->
        {band(type, 0x3FFF), data}
      end)

    {header, attributes |> Map.drop([18, 26, 43 | @undeclared]) |> Enum.sort(),
     info |> Map.take([1, 4]) |> Enum.sort(), ids(info[2]), ids(info[5])}
  end

  defp attributes(bytes) do
    for {type, payload} <- Attr.decode(bytes),
        id = band(type, 0x3FFF),
        into: %{} do
      {id, if(id in [52, 62, 65], do: attributes(payload), else: payload)}
    end
  end

  defp ids(nil), do: []

  defp ids(bytes),
    do: bytes |> Attr.decode() |> Enum.map(&band(elem(&1, 0), 0x3FFF)) |> Enum.sort()

  defp kind("tuntap" <> _), do: "tun"

  defp kind(command) do
    case Regex.run(~r/ type ([^ ]+)/, command) do
      [_, kind] -> kind
      nil -> nil
    end
  end

  defp fixtures do
    {fixtures, _} = Code.eval_file("test/fixtures/links.exs")

    for {command, text} <- fixtures,
        do: {command, text |> String.replace(~r/\s/, "") |> Base.decode64!()}
  end
end

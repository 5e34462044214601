defmodule Linx.Test.LinkInfoComparison do
  @moduledoc false
  # Compares `linkinfo` of a link with `linkinfo` of `ip -json -details`, key by key.

  import ExUnit.Assertions

  alias Linx.{IP, MAC}
  alias Linx.Netlink.Rtnl.LinkInfo

  # Switches of a bridge, as ip calls them.
  @boolopts %{
    "no_linklocal_learn" => :no_ll_learn,
    "mcast_vlan_snooping" => :mcast_vlan_snooping,
    "mst_enabled" => :mst_enable,
    "mdb_offload_fail_notification" => :mdb_offload_fail_notification,
    "fdb_local_vlan_0" => :fdb_local_vlan_0
  }

  @doc """
  Asserts that one key of `linkinfo` of a link agrees with `ip`; `links` are all links by
  index.
  """
  @spec agree!(term(), String.t(), map(), map()) :: term()
  def agree!(shown, key, link, links)
  def agree!(shown, "info_kind", link, _), do: assert(link.linkinfo.kind == shown)
  def agree!(shown, "info_slave_kind", link, _), do: assert(link.linkinfo.slave_kind == shown)

  def agree!(shown, "info_data", link, links) do
    for {key, value} <- shown do
      data = flat(link.linkinfo.info_data)
      decoded = data_of(link.linkinfo.kind, key, data, links)

      assert same?(value, decoded),
             "#{link.name}: #{key} is #{inspect(decoded)}, for ip #{inspect(value)}"
    end
  end

  def agree!(shown, "info_slave_data", link, links) do
    for {key, value} <- shown do
      data = flat(link.linkinfo.slave_data)
      decoded = data_of({:port, link.linkinfo.slave_kind}, key, data, links)

      assert same?(value, decoded),
             "#{link.name}: #{key} is #{inspect(decoded)}, for ip #{inspect(value)}"
    end
  end

  # Fields of a struct and of the groups in it, by their names as strings.
  defp flat(%_{} = struct) do
    groups = [:mcast, :status, :ad, :udp]

    struct
    |> Map.from_struct()
    |> Enum.flat_map(fn {key, value} ->
      if key in groups and is_struct(value),
        do: Enum.to_list(Map.from_struct(value)),
        else: [{key, value}]
    end)
    |> Map.new(fn {key, value} -> {to_string(key), value} end)
  end

  # Keys that `ip` names differently, or shows in another form.
  defp data_of("vlan", "flags", %{"flags" => flags}, _), do: Enum.map(flags.flags, &upper/1)

  defp data_of("vlan", "protocol", %{"protocol" => protocol}, _),
    do: protocol |> upper() |> String.replace("AD", "ad")

  defp data_of("mac" <> tail, key, data, links) when tail in ["vlan", "vtap"],
    do: macvlan(key, data, links)

  defp data_of("ipv" <> _, "mode", data, _), do: Enum.at(~w(l2 l3 l3s), data["mode"])
  defp data_of("ipv" <> _, "bridge", data, _), do: data["flags"] == []
  defp data_of("ipv" <> _, flag, data, _), do: String.to_existing_atom(flag) in data["flags"]

  defp data_of("bridge", "vlan_protocol", data, _),
    do: data["vlan_protocol"] |> upper() |> String.replace("AD", "ad")

  defp data_of("bridge", key, %{"multi_boolopt" => %{flags: flags}}, _)
       when is_map_key(@boolopts, key),
       do: if(@boolopts[key] in flags, do: 1, else: 0)

  defp data_of("bridge", "stp_state", data, _),
    do: Map.fetch!(%{off: 0, kernel: 1, user: 2}, data["stp_state"])

  defp data_of("bridge", "mcast_router", data, _), do: router_type(data["mcast_router"])

  defp data_of("bridge", "mcast_querier_state_ip" <> version, data, links),
    do: {:querier, version, data["mcast_querier_state"], links}

  defp data_of("bridge", "group_fwd_mask", %{"group_fwd_mask" => 0}, _), do: "0"
  defp data_of({:port, "bridge"}, key, data, links), do: bridge_port(key, data, links)
  defp data_of("bond", "arp_missed_max", data, _), do: data["missed_max"]
  defp data_of("bond", "peer_notify_delay", data, _), do: data["peer_notif_delay"]
  defp data_of("bond", "arp_validate", %{"arp_validate" => :none}, _), do: nil

  defp data_of("bond", "ad_lacp_active", data, _),
    do: if(data["ad_lacp_active"], do: "on", else: "off")

  defp data_of("bond", "ad_info", %{"ad_info" => info}, _), do: info

  defp data_of("bond", key, data, links) when key in ["primary", "active_slave"],
    do: name(links, data[key])

  defp data_of({:port, "bond"}, key, data, _), do: bond_port(key, data)
  defp data_of("vxlan", key, data, links), do: vxlan(key, data, links)
  defp data_of("geneve", "external", data, _), do: data["collect_metadata"]
  defp data_of("netkit", key, data, _), do: data[key]
  defp data_of("macsec", "sci", data, _), do: Base.encode16(<<data["sci"]::64>>, case: :lower)

  defp data_of("macsec", "cipher_suite", %{"cipher_suite" => :default}, _), do: "GCM-AES-128"

  defp data_of("macsec", "cipher_suite", data, _),
    do: data["cipher_suite"] |> upper() |> String.replace("_", "-")

  defp data_of("hsr", "proto", data, _), do: if(data["protocol"] == :prp, do: 1, else: 0)
  defp data_of("hsr", "slave" <> _ = key, data, links), do: name(links, data[key])
  defp data_of("bareudp", "dstport", data, _), do: data["port"]
  defp data_of("bareudp", "srcportmin", data, _), do: data["srcport_min"]
  defp data_of("bareudp", "multiproto", data, _), do: data["multiproto_mode"]
  defp data_of("tun", "type", data, _), do: data["type"]
  defp data_of("tun", "user", data, _), do: {:user, data["owner"]}
  defp data_of("tun", "numqueues", data, _), do: data["num_queues"]
  defp data_of("tun", "numdisabled", data, _), do: data["num_disabled_queues"]
  defp data_of("amt", key, data, links), do: amt(key, data, links)

  defp data_of(_kind, "link", data, links), do: name(links, data["link"])

  defp data_of(kind, key, data, _)
       when kind in ~w(gre gretap erspan ip6gre ip6gretap ip6erspan ipip sit ip6tnl vti vti6),
       do: tunnel(key, data)

  defp data_of(_kind, key, data, _), do: Map.fetch!(data, key)

  defp macvlan("mode", data, _),
    do:
      %{1 => "private", 2 => "vepa", 4 => "bridge", 8 => "passthru", 16 => "source"}[data["mode"]]

  defp macvlan("bcqueuelen", data, _), do: data["bc_queue_len"]
  defp macvlan("usedbcqueuelen", data, _), do: data["bc_queue_len_used"]
  defp macvlan(key, data, _), do: Map.fetch!(data, key)

  defp bridge_port(key, data, links) do
    case key do
      "hairpin" -> data["mode"]
      "root_block" -> data["protect"]
      "fastleave" -> data["fast_leave"]
      "flood" -> data["unicast_flood"]
      "proxy_arp" -> data["proxyarp"]
      "proxy_arp_wifi" -> data["proxyarp_wifi"]
      "mcast_to_unicast" -> data["mcast_to_ucast"]
      "group_fwd_mask" -> if data[key] == 0, do: "0", else: data[key]
      "group_fwd_mask_str" -> data["group_fwd_mask"]
      "backup_port" -> name(links, data[key])
      "multicast_router" -> router_type(data[key])
      _ -> Map.fetch!(data, key)
    end
  end

  defp bond_port(key, data) do
    case key do
      "state" -> upper(data["state"])
      "mii_status" -> upper(data["mii_status"])
      "ad_actor_oper_port_state_str" -> :skip
      "ad_partner_oper_port_state_str" -> :skip
      "ad_actor_oper_port_state" -> lacp_state(data[key])
      "ad_partner_oper_port_state" -> lacp_state(data[key])
      _ -> Map.fetch!(data, key)
    end
  end

  defp router_type(name),
    do: Map.fetch!(%{disabled: 0, temp_query: 1, perm: 2, temp: 3}, name)

  defp lacp_state(names) do
    ~w(lacp_activity lacp_timeout aggregation synchronization collecting distributing defaulted
       expired)a
    |> Enum.with_index()
    |> Enum.reduce(0, fn {name, bit}, bits -> bits + if(name in names, do: 2 ** bit, else: 0) end)
  end

  defp vxlan(key, data, links) do
    case key do
      "remote" -> data["group"]
      "remote6" -> data["group6"]
      "external" -> data["collect_metadata"]
      "link" -> name(links, data["link"])
      _ -> Map.fetch!(data, key)
    end
  end

  defp tunnel(key, data) do
    flag = fn field, name -> name in data[field] end

    case key do
      "iseq" ->
        flag.("iflags", :seq)

      "icsum" ->
        flag.("iflags", :csum)

      "oseq" ->
        flag.("oflags", :seq)

      "ocsum" ->
        flag.("oflags", :csum)

      key when key in ["ikey", "okey"] ->
        IP.decode(<<data[key]::32>>)

      "external" ->
        data["collect_metadata"]

      "flowlabel" ->
        "0x" <>
          (Bitwise.band(data["flowinfo"], 0xFFFFF)
           |> Integer.to_string(16)
           |> String.pad_leading(5, "0"))

      "tclass" ->
        "0x" <>
          (Bitwise.bsr(data["flowinfo"], 20)
           |> Integer.to_string(16)
           |> String.pad_leading(2, "0"))

      "proto" ->
        %{any: "any", ipip: "ipip", ipv6: "ip6ip"}[data["proto"]]

      key when key in ["prefix", "relay_prefix"] ->
        IP.to_string(data["sixrd_" <> key])

      key when key in ["prefixlen", "relay_prefixlen"] ->
        data["sixrd_" <> key]

      "ip6_tnl_f_" <> name ->
        flag.("flags", String.to_existing_atom(name))

      _ ->
        Map.fetch!(data, key)
    end
  end

  defp amt(key, data, links) do
    case key do
      "link" -> name(links, data["link"])
      key when key in ["local", "remote", "discovery"] -> data[key <> "_ip"]
      _ -> Map.fetch!(data, key)
    end
  end

  # Whether a value as `ip` writes it equals the decoded one.
  defp same?(_their, :skip), do: true
  defp same?(same, same), do: true
  # Older versions of ip print the name.
  defp same?(user, {:user, id}) when is_integer(user), do: user == id

  defp same?(user, {:user, id}) do
    {entry, 0} = System.cmd("getent", ["passwd", user])
    Enum.at(String.split(entry, ":"), 2) == to_string(id)
  end

  # A flag without a value.
  defp same?(nil, true), do: true

  defp same?(on, value) when on in ["on", "off"] and is_boolean(value), do: value == (on == "on")

  defp same?(number, value) when number in [0, 1] and is_boolean(value),
    do: value == (number == 1)

  defp same?(shown, {:querier, version, state, links}) do
    field = if version == "v4", do: "ip", else: "ipv6"
    decoded = fn name -> Map.fetch!(state, String.to_existing_atom(field <> name)) end

    Enum.all?(shown, fn {key, value} ->
      case String.replace_prefix(key, "mcast_querier_ip#{version}_", "") do
        "addr" -> value == to_string(decoded.("_address"))
        "port" -> value == name(links, decoded.("_port"))
        "other_timer" -> is_integer(decoded.("_other_timer"))
      end
    end)
  end

  # `ip` shows timers in seconds. They run, so that the values are not compared.
  defp same?(timer, decoded) when is_float(timer), do: is_integer(decoded)

  defp same?(bool, decoded) when is_boolean(bool),
    do: decoded in if(bool, do: [1, true], else: [0, nil, false])

  defp same?("0x" <> hex, bytes) when is_binary(bytes),
    do: Base.decode16!(hex, case: :lower) == bytes

  defp same?("0x" <> hex, decoded) when is_integer(decoded),
    do: String.to_integer(hex, 16) == decoded

  defp same?(text, %IP{} = ip), do: text == to_string(ip)
  defp same?(text, %MAC{} = mac), do: text == to_string(mac)
  # ip writes the octets of a bridge identifier without leading zeros.
  defp same?(text, %LinkInfo.Bridge.Id{} = id) do
    mac =
      LinkInfo.Bridge.Id.address(id).bytes
      |> :binary.bin_to_list()
      |> Enum.map_join(":", &Integer.to_string(&1, 16))

    text ==
      String.downcase(
        String.pad_leading(Integer.to_string(id.priority, 16), 4, "0") <> "." <> mac
      )
  end

  defp same?(text, name) when is_binary(text) and is_atom(name),
    do: String.replace(text, "-", "_") == String.replace(to_string(name), "-", "_")

  defp same?(map, %_{} = struct) when is_map(map),
    do:
      Enum.all?(map, fn {key, value} ->
        same?(value, Map.fetch!(struct, String.to_existing_atom(key)))
      end)

  defp same?([_ | _] = shown, [_ | _] = decoded),
    do:
      length(shown) == length(decoded) and
        Enum.all?(Enum.zip(shown, decoded), fn {a, b} -> same?(a, b) end)

  defp same?(_their, _ours), do: false

  defp name(links, index), do: links[index] && links[index].name

  defp upper(name), do: name |> to_string() |> String.upcase()
end

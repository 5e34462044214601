defmodule Linx.Test.BridgeVlans do
  @moduledoc false
  # A bridge with VLAN filtering, and its VLANs as `bridge -json` and the kernel's bytes show them: br0
  # has the ports v0, a veth with the peer v1, and vx0, a VXLAN.

  import Linx.Test.Netns

  alias Linx.Netlink.{Attr, Request, Socket}
  alias Linx.Netlink.Rtnl.Vlan
  alias Linx.Test.JSON

  @doc "A `setup` function: creates the bridge, and opens a socket."
  def bridge(%{ns: ns, path: path}) do
    ip!(ns, "link add br0 type bridge vlan_filtering 1 mcast_vlan_snooping 1")
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link add vx0 type vxlan dstport 4789 local 192.0.2.1 external")
    for port <- ~w(v0 vx0), do: ip!(ns, "link set #{port} master br0")
    for link <- ~w(br0 v0 v1 vx0), do: ip!(ns, "link set #{link} up")
    ip!(ns, "link set vx0 type bridge_slave vlan_tunnel on")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  def bridge!(ns, args), do: exec!(ns, "bridge", args)

  def shown(ns, link) do
    shown = ns |> bridge!("-json -details vlan show dev #{link}") |> JSON.decode!()
    for %{"ifname" => ^link, "vlans" => vlans} <- shown, vlan <- vlans, do: vlan
  end

  # Ranges of VLANs with equal flags, as text: p for PVID, u for Egress Untagged.
  def texts(ns, link) do
    all =
      for %{"vlan" => first} = item <- shown(ns, link),
          vid <- first..(item["vlanEnd"] || first) do
        flags = item["flags"] || []

        {vid,
         if("PVID" in flags, do: "p", else: "") <>
           if("Egress Untagged" in flags, do: "u", else: "")}
      end

    # Within a range, the difference of VLAN id and position in the list is constant.
    for range <-
          all
          |> Enum.with_index()
          |> Enum.chunk_by(fn {{vid, flags}, at} -> {vid - at, flags} end) do
      {{first, flags}, _} = hd(range)
      {{last, _}, _} = List.last(range)
      String.trim("#{first}#{if last > first, do: "-#{last}"} #{flags}")
    end
  end

  # The VLANs of a link without VLAN 1, which the kernel adds to every port.
  def added(ns, link), do: Enum.reject(shown(ns, link), &(&1["vlan"] == 1))

  def tunnels(ns, link) do
    shown = ns |> bridge!("-json vlan tunnelshow dev #{link}") |> JSON.decode!()
    for %{"ifname" => ^link, "tunnels" => tunnels} <- shown, tunnel <- tunnels, do: tunnel
  end

  def entry(sock, link, vid) do
    {:ok, [vlans]} = Vlan.list(sock, link)
    Enum.find(vlans.entry, &(vid in Vlan.vids(&1)))
  end

  def options(sock, vid) do
    {:ok, [vlans]} = Vlan.list_global(sock, "br0")
    Enum.find(vlans.global_options, &(vid in Vlan.vids(&1)))
  end

  def global(ns, more \\ "") do
    shown = ns |> bridge!("-json -details #{more} vlan global show dev br0") |> JSON.decode!()
    for %{"ifname" => "br0", "vlans" => vlans} <- shown, vlan <- vlans, do: vlan
  end

  # BRIDGE_VLANDB_GLOBAL_OPTIONS of all bridges, undecoded.
  def raw_global(sock) do
    query = <<7, 0::56, 8::native-16, 1::native-16, 2::native-32>>
    {:ok, messages} = Request.talk(sock, 114, 0x300, query)

    for %{payload: <<_::64, options::binary>>} <- messages,
        {0x8002, nest} <- Attr.decode(options),
        do: Map.new(Attr.decode(nest))
  end

  # The state of each VLAN, from the ranges that `bridge` shows.
  def states(ns, link, vids) do
    shown = shown(ns, link)

    for vid <- vids do
      [state] =
        for item <- shown,
            vid in item["vlan"]..(item["vlanEnd"] || item["vlan"]),
            do: item["state"]

      state
    end
  end

  # IFLA_EXT_MASK with RTEXT_FILTER_MST.
  def trees(sock) do
    query = <<7, 0::120, 8::native-16, 29::native-16, 0x80::native-32>>
    {:ok, messages} = Request.talk(sock, 18, 0x300, query)
    Enum.map_join(messages, & &1.payload)
  end

  # IFLA_BRIDGE_MST_ENTRY_MSTI and _STATE.
  def tree(msti, state),
    do: <<6::native-16, 1::native-16, msti::native-16, 0::16, 5::native-16, 2::native-16, state>>

  def dumped(sock) do
    {:ok, messages} = Request.talk(sock, 114, 0x300, <<7, 0::56>>)
    Enum.map_join(messages, & &1.payload)
  end
end

defmodule Linx.Netlink.Rtnl.Vlan do
  @moduledoc """
  VLANs of a bridge or of one of its ports: membership, tags and options.

  Kernel side: `struct br_vlan_msg` and the `BRIDGE_VLANDB_*` attributes of
  `include/uapi/linux/if_bridge.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      :ok = Link.create(sock, "br0", :bridge, vlan_filtering: true)

      :ok = Vlan.add(sock, "eth1", 10, pvid: true, untagged: true)
      :ok = Vlan.add(sock, "eth2", {20, 29})
      :ok = Vlan.set(sock, "eth2", 20..22, state: :blocking)

      {:ok, [vlans]} = Vlan.list(sock, "eth2")
      for entry <- vlans.entry, do: Vlan.vids(entry)
      #=> [1..1, 20..22, 23..29]

  Reading needs no privilege, everything else `CAP_NET_ADMIN` in the socket's
  namespace. Needs Linux 5.6, and a kernel built with `BRIDGE_VLAN_FILTERING`.

  The VLANs of the bridge itself are those of its own network stack, which acts as one more port.
  Global options hold for a VLAN throughout the bridge: `set_global/4` and `list_global/2`. The
  global option `msti` puts a VLAN into one of several spanning trees, in each of which every port
  has a state: `set_mst/4` and `list_mst/2`.

  VLAN devices, independent of bridges, are links: `Linx.Netlink.Rtnl.Link.create_vlan/5`.

  A verb takes the link by name or index, and VLANs as `10`, `{10, 19}` or `10..19`, with
  identifiers of 1 to 4094. The index of the link is `ifindex`.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused the request: `:enoent`, the link does not have
      the VLAN; `:einval`, the link is no bridge or port; `:enodev`, an unknown link;
      `:eopnotsupp`, a kernel without VLAN filtering;
    * `{:bad_option, :vids, value}`, `{:bad_option, :msti, value}` - invalid VLANs, or an invalid
      number of a tree;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before a change is sent.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :vlan,
    plural: :vlans,
    messages: [new: 112, del: 113, get: 114],
    groups: [33],
    optional: true,
    key: [:ifindex],
    # A notification holds the VLANs that have changed.
    whole?: false,
    default: false,
    ifindex: [:ifindex],
    gone: [:enoent, :enodev],
    identity: &__MODULE__.Desired.identity/1,
    owner: :applied,
    owner_key: &__MODULE__.Desired.key/1,
    desired: __MODULE__.Desired

  import Linx.Netlink.Constants, only: [nlm_f_dump: 0]

  alias Linx.Netlink.{Message, Options, Request}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Link.{BridgeAfSpec, BridgeMst}

  alias __MODULE__.{BrVlanMsg, Entry, GlobalOptions, Info, Query}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_getlink 18
  @rtm_setlink 19
  @rtm_newvlan 112
  @rtm_delvlan 113
  @rtm_getvlan 114

  @af_bridge 7

  # BRIDGE_VLAN_INFO_ONLY_OPTS.
  @only_opts 0x40

  codec prefix: "BRIDGE_VLANDB_" do
    header BrVlanMsg

    attr 1, :entry, {:repeated, {:nested, Entry}}, "VLANs of the bridge or port"

    attr 2,
         :global_options,
         {:repeated, {:nested, GlobalOptions}},
         "options of VLANs throughout the bridge"
  end

  @typedoc "One VLAN, or a range from the first to the last."
  @type vids :: 1..4094 | {1..4094, 1..4094} | Range.t()

  @type ref :: Link.ref()
  @type error :: Link.error()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  # Reading

  @doc """
  Lists the VLANs of all bridges and ports of the socket's namespace, in `entry`.

  Takes a link, by name or index, or options:

    * `:link` - only those of one link, by name or index;
    * `:stats` - `true` to get counters, with an entry for each VLAN;
    * those of `Linx.Netlink.Request`.

  Without counters, consecutive VLANs with equal options share an entry, see `vids/1`.
  The kernel filters by link.
  """
  @spec list(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, filter \\ [])
  def list(sock, link) when is_binary(link) or is_integer(link), do: list(sock, link: link)

  def list(sock, opts), do: dump(sock, [], opts, link: :link, stats: :boolean)

  @doc """
  Lists the global options of the VLANs of each bridge, in `global_options`.

  Takes a bridge, by name or index, or the options `:link` and those of
  `Linx.Netlink.Request`. Needs Linux 5.15.
  """
  @spec list_global(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list_global(sock, filter \\ [])

  def list_global(sock, link) when is_binary(link) or is_integer(link),
    do: list_global(sock, link: link)

  def list_global(sock, opts), do: dump(sock, [:global], opts, link: :link)

  # Attribute 1 of the request differs from attribute 1 of the reply.
  defp dump(sock, flags, opts, table) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, table),
         {:ok, index} <- Link.option_index(sock, wanted[:link], request),
         flags = if(wanted[:stats], do: [:stats | flags], else: flags),
         query = Query.encode(%Query{family: @af_bridge, ifindex: index || 0, flags: flags}),
         {:ok, messages} <- Request.talk(sock, @rtm_getvlan, nlm_f_dump(), query, request) do
      {:ok, messages |> Enum.map(&decode(&1.payload)) |> join()}
    end
  end

  # Entries that do not fit one message continue in the next.
  defp join([%{ifindex: same} = vlans, %{ifindex: same} = more | rest]) do
    entry = concat(vlans.entry, more.entry)
    global = concat(vlans.global_options, more.global_options)
    join([%{vlans | entry: entry, global_options: global} | rest])
  end

  defp join([vlans | rest]), do: [vlans | join(rest)]
  defp join([]), do: []

  defp concat(list, nil), do: list
  defp concat(nil, list), do: list
  defp concat(list, more), do: list ++ more

  @doc """
  Lists the ports of bridges with several spanning trees; `af_spec.mst` holds their states.

      {:ok, [port]} = Vlan.list_mst(sock, "eth1")
      for tree <- port.af_spec.mst, do: {tree.msti, tree.state}
      #=> [{0, :forwarding}, {7, :blocking}]

  Takes a port, or a bridge for its ports, by name or index, or the options `:link` and
  those of `Linx.Netlink.Request`. A port is in the trees of its VLANs. Ports
  without VLANs, and ports of a bridge without `mst_enable` in its `multi_boolopt`, are left out.

  The library filters, since the kernel does not. Needs Linux 5.18; the list is empty on older
  kernels.
  """
  @spec list_mst(Request.target(), ref() | keyword()) :: {:ok, [Link.t()]} | {:error, error()}
  def list_mst(sock, filter \\ [])

  def list_mst(sock, link) when is_binary(link) or is_integer(link),
    do: list_mst(sock, link: link)

  def list_mst(sock, opts) do
    query = %Link{family: @af_bridge, request: %Link.Request{ext_mask: [:mst]}}

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, link: :link),
         {:ok, index} <- Link.option_index(sock, wanted[:link], request),
         {:ok, links} <- Request.dump(sock, @rtm_getlink, query, request) do
      {:ok,
       for(
         %{af_spec: %BridgeAfSpec{mst: [_ | _]}} = link <- links,
         index in [nil, link.index, link.master],
         do: link
       )}
    end
  end

  @doc """
  The range of VLANs of an entry of `entry` or `global_options`.

      iex> alias Linx.Netlink.Rtnl.Vlan
      iex> Vlan.vids(%Vlan.Entry{info: %Vlan.Info{vid: 10}, range: 19})
      10..19
  """
  @spec vids(Entry.t() | GlobalOptions.t()) :: Range.t()
  def vids(%Entry{info: %Info{vid: vid}, range: range}), do: vid..(range || vid)//1
  def vids(%GlobalOptions{id: vid, range: range}), do: vid..(range || vid)//1

  # Changing

  @doc """
  Adds VLANs to a bridge or port.

      :ok = Vlan.add(sock, "eth1", 10, pvid: true, untagged: true)
      :ok = Vlan.add(sock, "br0", 10)

  Options:

    * `:pvid` - `true`: received frames without a tag belong to this VLAN; at most one VLAN of a
      link has it;
    * `:untagged` - `true`: frames of this VLAN are sent without a tag;
    * those of `Linx.Netlink.Rtnl.Vlan.Entry`.

  A VLAN that the link has already is changed: it keeps the options that are not given, except
  `:pvid` and `:untagged`, which it loses.
  """
  @spec add(Link.target(), ref(), vids(), keyword()) :: done()
  def add(sock, link, vids, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, flags, opts} <- __MODULE__.Options.flags(opts),
         do: change(sock, @rtm_newvlan, link, vids, flags, opts, request)
  end

  @doc """
  Changes VLANs that a bridge or port has. Options are those of `Linx.Netlink.Rtnl.Vlan.Entry` and
  `:timeout`.

      :ok = Vlan.set(sock, "eth1", {10, 19}, state: :blocking, neigh_suppress: true)
      :ok = Vlan.set(sock, "vxlan0", {10, 19}, tunnel_id: 5010)
  """
  @spec set(Link.target(), ref(), vids(), keyword()) :: done()
  def set(sock, link, vids, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         do: change(sock, @rtm_newvlan, link, vids, @only_opts, opts, request)
  end

  @doc """
  Removes VLANs from a bridge or port. VLANs that it does not have are no error. Takes the option
  `:timeout`.
  """
  @spec delete(Link.target(), ref(), vids(), keyword()) :: done()
  def delete(sock, link, vids, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: change(sock, @rtm_delvlan, link, vids, 0, [], request)
  end

  defp change(sock, type, link, vids, flags, opts, request) do
    with {:ok, entry} <- __MODULE__.Options.entry(vids, flags, opts),
         {:ok, index} <- Link.index(sock, link, request) do
      body = %__MODULE__{family: @af_bridge, ifindex: index, entry: [entry]}
      Request.run(sock, type, 0, body, request)
    end
  end

  defp put_all(struct, fields),
    do:
      Enum.reduce(fields, struct, fn {[field], value}, struct ->
        Map.replace!(struct, field, value)
      end)

  @doc """
  Sets global options of VLANs of a bridge. Options are those of
  `Linx.Netlink.Rtnl.Vlan.GlobalOptions` and `:timeout`.

      :ok = Vlan.set_global(sock, "br0", 10, mcast_snooping: true, mcast_querier: true)

  Needs Linux 5.15. The bridge itself or one of its ports must have the VLANs. The multicast
  options need `mcast_vlan_snooping` in `multi_boolopt` of the bridge.
  """
  @spec set_global(Link.target(), ref(), vids(), keyword()) :: done()
  def set_global(sock, bridge, vids, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, first, range} <- __MODULE__.Options.range(vids),
         {:ok, fields} <- Options.parse(GlobalOptions.__options__(), opts, :set),
         {:ok, index} <- Link.index(sock, bridge, request) do
      options = put_all(%GlobalOptions{id: first, range: range}, fields)
      body = %__MODULE__{family: @af_bridge, ifindex: index, global_options: [options]}
      Request.run(sock, @rtm_newvlan, 0, body, request)
    end
  end

  @doc """
  Sets the state of a port in a spanning tree, whose number is 1 to 4095. Options are those of
  `Linx.Netlink.Rtnl.Link.BridgeMst` and `:timeout`.

      :ok = Link.create(sock, "br0", :bridge, vlan_filtering: true, multi_boolopt: [mst_enable: true])
      :ok = Vlan.set_global(sock, "br0", {10, 19}, msti: 7)
      :ok = Vlan.set_mst(sock, "eth1", 7, state: :forwarding)

  The first state of a port in a new tree is `:disabled`. A tree that has none of the port's VLANs
  is no error, and nothing changes. The state of tree 0 is that of the port itself: the option
  `:state` under `:port` of `Linx.Netlink.Rtnl.Link.set/3`.

  Needs Linux 5.18. `:ebusy`: the bridge has one spanning tree; `:eopnotsupp`: the link is no port.
  """
  @spec set_mst(Link.target(), ref(), 1..4095, keyword()) :: done()
  def set_mst(sock, port, msti, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         :ok <- msti(msti),
         {:ok, fields} <- Options.parse(BridgeMst.__options__(), opts, :create),
         {:ok, index} <- Link.index(sock, port, request) do
      tree = put_all(%BridgeMst{msti: msti}, fields)
      body = %Link{family: @af_bridge, index: index, af_spec: %BridgeAfSpec{mst: [tree]}}
      Request.run(sock, @rtm_setlink, 0, body, request)
    end
  end

  # Checking

  defp msti(msti) when msti in 1..4095, do: :ok
  defp msti(other), do: {:error, {:bad_option, :msti, other}}

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Vlan
    alias Linx.Text

    def inspect(vlans, opts) do
      Text.show(vlans, opts, fn ->
        entries =
          for %{info: %{}} = entry <- vlans.entry || [], do: text(entry) <> flags(entry.info)

        global = for options <- vlans.global_options || [], do: text(options)
        vids = entries ++ global
        ["ifindex=#{Text.field(vlans.ifindex)}", vids != [] && Enum.join(vids, ", ")]
      end)
    end

    defp text(entry) do
      first..last//_ = Vlan.vids(entry)
      if first == last, do: Text.field(first), else: "#{Text.field(first)}-#{Text.field(last)}"
    end

    defp flags(%{flags: flags}) when is_list(flags),
      do: for(flag <- [:pvid, :untagged], flag in flags, into: "", do: " #{flag}")

    defp flags(_info), do: ""
  end
end

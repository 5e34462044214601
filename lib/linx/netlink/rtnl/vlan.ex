defmodule Linx.Netlink.Rtnl.Vlan do
  @moduledoc """
  The VLANs of a bridge or of one of its ports: what is let in and out, and how.

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

  Named for a bridge, a VLAN is the bridge's own: what its own stack takes part in, as if
  it were a further port. What holds for a VLAN wherever it is are the global options,
  `set_global/4` and `list_global/2`. One of them, `msti`, puts VLANs into spanning trees of
  their own, in which each port has a state: `set_mst/4` and `list_mst/2`.

  These are not the links of `Linx.Netlink.Rtnl.Link.create_vlan/5`, which know nothing of
  bridges.

  A verb takes the link by name or index, VLANs as `10`, `{10, 19}` or `10..19`, each of
  1 to 4094.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused: `:enoent` where the link does not have
      the VLAN, `:einval` where the link is no bridge or port, `:enodev` an unknown link,
      `:eopnotsupp` a kernel without VLAN filtering;
    * `{:bad_vlan, value}`, `{:bad_msti, value}`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_dump: 0]

  alias Linx.Netlink.{Message, Options, Request}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Link.{BridgeAfSpec, BridgeMst}

  alias __MODULE__.{Entry, GlobalOptions, Info, Query, TunnelInfo}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_dellink 17
  @rtm_getlink 18
  @rtm_setlink 19
  @rtm_newvlan 112
  @rtm_delvlan 113
  @rtm_getvlan 114

  @af_bridge 7

  # BRIDGE_VLAN_INFO_*.
  @flags [pvid: 0x2, untagged: 0x4]
  @only_opts 0x40

  codec do
    header do
      field :family, :u8
      pad 3
      field :ifindex, :u32
    end

    attr 1, :entry, {:repeated, {:nested, Entry}}
    attr 2, :global_options, {:repeated, {:nested, GlobalOptions}}
  end

  @typedoc "One VLAN, or those from the first to the last."
  @type vids :: 1..4094 | {1..4094, 1..4094} | Range.t()

  @type ref :: Link.ref()
  @type error :: Link.error() | {:bad_vlan, term()} | {:bad_msti, term()}

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  # Reading

  @doc """
  The VLANs of each bridge and port of the socket's namespace, in `entry`.

  Takes a link, by name or index, or options:

    * `:link` - those of one link, by name or index;
    * `:stats` - `true` to get counters as well, each VLAN by itself;
    * those of `Linx.Netlink.Request`.

  Without counters, neighbouring VLANs that do not differ share an entry, see `vids/1`.
  The kernel filters by link.
  """
  @spec list(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, filter \\ [])
  def list(sock, link) when is_binary(link) or is_integer(link), do: list(sock, link: link)

  def list(sock, opts), do: dump(sock, [], opts, link: :link, stats: :boolean)

  @doc """
  The options that VLANs have throughout a bridge, in `global_options`, of each bridge.

  Takes a bridge, by name or index, or the options `:link` and those of
  `Linx.Netlink.Request`. Needs Linux 5.15.
  """
  @spec list_global(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list_global(sock, filter \\ [])

  def list_global(sock, link) when is_binary(link) or is_integer(link),
    do: list_global(sock, link: link)

  def list_global(sock, opts), do: dump(sock, [:global], opts, link: :link)

  # The query's attribute 1 is another one than the reply's.
  defp dump(sock, flags, opts, table) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, table),
         {:ok, index} <- Link.option_index(sock, wanted[:link], request),
         flags = if(wanted[:stats], do: [:stats | flags], else: flags),
         query = Query.encode(%Query{family: @af_bridge, ifindex: index || 0, flags: flags}),
         {:ok, messages} <- Request.talk(sock, @rtm_getvlan, nlm_f_dump(), query, request) do
      {:ok, messages |> Enum.map(&decode(&1.payload)) |> join()}
    end
  end

  # What does not fit one message is continued in the next.
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
  The ports of bridges with several spanning trees, their state in each in `af_spec.mst`.

      {:ok, [port]} = Vlan.list_mst(sock, "eth1")
      for tree <- port.af_spec.mst, do: {tree.msti, tree.state}
      #=> [{0, :forwarding}, {7, :blocking}]

  Takes a port, or a bridge for its ports, by name or index, or the options `:link` and
  those of `Linx.Netlink.Request`. A port is in the trees of its VLANs; one without VLANs,
  and one of a bridge without the switch `mst_enable` of its `multi_boolopt`, is left out.

  The kernel does not filter. Needs Linux 5.18, older ones have none.
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
  The VLANs that an entry of `entry` or `global_options` is about.

      iex> alias Linx.Netlink.Rtnl.Vlan
      iex> Vlan.vids(%Vlan.Entry{info: %Vlan.Info{vid: 10}, range: 19})
      10..19
  """
  @spec vids(Entry.t() | GlobalOptions.t()) :: Range.t()
  def vids(%Entry{info: %Info{vid: vid}, range: range}), do: vid..(range || vid)//1
  def vids(%GlobalOptions{id: vid, range: range}), do: vid..(range || vid)//1

  # Changing

  @doc """
  Has a link take part in VLANs.

      :ok = Vlan.add(sock, "eth1", 10, pvid: true, untagged: true)
      :ok = Vlan.add(sock, "br0", 10)

  Options:

    * `:pvid` - `true` to put frames that arrive without tag into this VLAN, one at most;
    * `:untagged` - `true` to send its frames without tag;
    * those of `Linx.Netlink.Rtnl.Vlan.Entry`.

  A VLAN that the link takes part in already is changed: it keeps what is not given, but
  for `:pvid` and `:untagged`, which it loses.
  """
  @spec add(Link.target(), ref(), vids(), keyword()) :: done()
  def add(sock, link, vids, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {flags, opts} = Keyword.split(opts, [:pvid, :untagged]),
         {:ok, flags} <- Options.cast([pvid: :boolean, untagged: :boolean], flags),
         flags = for({name, true} <- flags, reduce: 0, do: (bits -> bits ||| @flags[name])),
         do: change(sock, @rtm_newvlan, link, vids, flags, opts, request)
  end

  @doc """
  Changes VLANs that a link takes part in. Options as in `Linx.Netlink.Rtnl.Vlan.Entry`.

      :ok = Vlan.set(sock, "eth1", {10, 19}, state: :blocking, neigh_suppress: true)
      :ok = Vlan.set(sock, "vxlan0", {10, 19}, tunnel_id: 5010)
  """
  @spec set(Link.target(), ref(), vids(), keyword()) :: done()
  def set(sock, link, vids, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         do: change(sock, @rtm_newvlan, link, vids, @only_opts, opts, request)
  end

  @doc """
  Ends the part that a link takes in VLANs. It is no error to take none.
  """
  @spec delete(Link.target(), ref(), vids(), keyword()) :: done()
  def delete(sock, link, vids, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: change(sock, @rtm_delvlan, link, vids, 0, [], request)
  end

  defp change(sock, type, link, vids, flags, opts, request) do
    {removal, opts} = Enum.split_with(opts, &(&1 == {:tunnel_id, nil}))

    with {:ok, first, range} <- range(vids),
         {:ok, fields} <- Options.parse(Entry.__options__(), opts, :set),
         :ok <- tunnels(fields, first, range),
         {:ok, index} <- Link.index(sock, link, request) do
      tunnel = if removal != [], do: %TunnelInfo{cmd: @rtm_dellink}
      entry = %Entry{info: %Info{flags: flags, vid: first}, range: range, tunnel_info: tunnel}
      entry = Enum.reduce(fields, entry, &put/2)
      body = %__MODULE__{family: @af_bridge, ifindex: index, entry: [entry]}
      Request.run(sock, type, 0, body, request)
    end
  end

  # The VLANs of a range have tunnels one after the other, of 24 bits each.
  defp tunnels(fields, first, range) do
    case List.keyfind(fields, [:tunnel_id], 0) do
      {_, id} when range != nil and id + range - first > 0xFFFFFF ->
        {:error, {:bad_option, :tunnel_id, id}}

      _ ->
        :ok
    end
  end

  defp put({[:tunnel_id], id}, entry),
    do: %{entry | tunnel_info: %TunnelInfo{id: id, cmd: @rtm_setlink}}

  defp put({[field], value}, entry), do: Map.replace!(entry, field, value)

  @doc """
  Sets what holds for VLANs throughout a bridge. Options as in
  `Linx.Netlink.Rtnl.Vlan.GlobalOptions`.

      :ok = Vlan.set_global(sock, "br0", 10, mcast_snooping: true, mcast_querier: true)

  Needs Linux 5.15. The bridge must have the VLANs, its ports or itself. Multicast needs the
  option `mcast_vlan_snooping` of the bridge.
  """
  @spec set_global(Link.target(), ref(), vids(), keyword()) :: done()
  def set_global(sock, bridge, vids, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, first, range} <- range(vids),
         {:ok, fields} <- Options.parse(GlobalOptions.__options__(), opts, :set),
         {:ok, index} <- Link.index(sock, bridge, request) do
      options =
        Enum.reduce(fields, %GlobalOptions{id: first, range: range}, fn {[field], value},
                                                                        options ->
          Map.replace!(options, field, value)
        end)

      body = %__MODULE__{family: @af_bridge, ifindex: index, global_options: [options]}
      Request.run(sock, @rtm_newvlan, 0, body, request)
    end
  end

  @doc """
  Sets the state that a port has in a spanning tree, of number 1 to 4095. Options as in
  `Linx.Netlink.Rtnl.Link.BridgeMst`.

      :ok = Link.create(sock, "br0", :bridge, vlan_filtering: true, multi_boolopt: [mst_enable: true])
      :ok = Vlan.set_global(sock, "br0", {10, 19}, msti: 7)
      :ok = Vlan.set_mst(sock, "eth1", 7, state: :forwarding)

  A port begins a new tree as `:disabled`. It is no error, and changes nothing, that no VLAN
  of the port is in the tree. Tree 0 has the state of the port itself: the option `port:` of
  `Linx.Netlink.Rtnl.Link.set/3`.

  Needs Linux 5.18; `:ebusy` where the bridge has one spanning tree, `:eopnotsupp` where the
  link is no port.
  """
  @spec set_mst(Link.target(), ref(), 1..4095, keyword()) :: done()
  def set_mst(sock, port, msti, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         :ok <- msti(msti),
         {:ok, fields} <- Options.parse(BridgeMst.__options__(), opts, :create),
         {:ok, index} <- Link.index(sock, port, request) do
      tree =
        Enum.reduce(fields, %BridgeMst{msti: msti}, fn {[field], value}, tree ->
          Map.replace!(tree, field, value)
        end)

      body = %Link{family: @af_bridge, index: index, af_spec: %BridgeAfSpec{mst: [tree]}}
      Request.run(sock, @rtm_setlink, 0, body, request)
    end
  end

  # Checking

  defp msti(msti) when msti in 1..4095, do: :ok
  defp msti(other), do: {:error, {:bad_msti, other}}

  defp range(vid) when vid in 1..4094, do: {:ok, vid, nil}

  defp range({first, last}) when first in 1..4094 and last in 1..4094 and first < last,
    do: {:ok, first, last}

  defp range({vid, vid}) when vid in 1..4094, do: {:ok, vid, nil}

  defp range(%Range{first: first, last: last, step: 1} = range) do
    with {:error, _} <- range({first, last}), do: {:error, {:bad_vlan, range}}
  end

  defp range(other), do: {:error, {:bad_vlan, other}}

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

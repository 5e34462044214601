defmodule Linx.Netlink.Rtnl.Fdb do
  @moduledoc """
  Where frames for a hardware address go: an entry of the forwarding table of a bridge, a
  VXLAN or a network card.

  Kernel side: `struct ndmsg` and the `NDA_*` attributes of
  `include/uapi/linux/neighbour.h`, in messages of family `AF_BRIDGE`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, entries} = Fdb.list(sock, bridge: "br0")

      :ok = Fdb.add(sock, "eth1", "02:00:00:00:00:09", state: :static, vlan: 7)
      :ok = Fdb.append(sock, "vxlan0", "00:00:00:00:00:00", dst: "192.0.2.9")
      :ok = Fdb.flush(sock, "br0", vlan: 7, state: :dynamic)

  Reading needs no privilege, everything else `CAP_NET_ADMIN` in the socket's
  namespace.

  A link that is the port of a bridge can have two tables: the bridge's, in which the
  entry points to the port (flag `:master`), and its own (`:self`), as a VXLAN has. Verbs
  mean the bridge's if the link is a port, unless the entry tells of a far end (`:dst`,
  `:vni` and so on), else the link's own; the options `:master` and `:self` say it outright.
  `bridge fdb add` without either of them means the link's own table of a port, too.

  Without `:state`, an entry is `:permanent`: for a bridge that is an address of its own,
  and frames for it are taken in. `:static` and `:dynamic` ones are sent out of the port.

  `via` is `NDA_IFINDEX`. `dst` and what follows it are of VXLANs only.

  A verb takes the link by name or index, the address as a string or value of six bytes.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; an entry that is there already is
      `:eexist`, one that is not `:enoent`, an unknown link `:enodev`, a link without such
      a table `:eopnotsupp`;
    * `{:bad_mac, text}`, `{:bad_address, text}`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is changed.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise

  import Linx.Netlink.Constants,
    only: [nlm_f_append: 0, nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.{IP, LinkAddress}
  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.{Message, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Link

  alias __MODULE__.{Cacheinfo, ExtAttrs, Requests}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newneigh 28
  @rtm_delneigh 29
  @rtm_getneigh 30

  # NLM_F_BULK of include/uapi/linux/netlink.h.
  @nlm_f_bulk 0x200

  @af_bridge 7

  @states [
    incomplete: 0x1,
    reachable: 0x2,
    stale: 0x4,
    delay: 0x8,
    probe: 0x10,
    failed: 0x20,
    noarp: 0x40,
    permanent: 0x80
  ]

  # ip's words, by which bridges go.
  @kinds [permanent: 0x80, local: 0x80, static: 0x40, dynamic: 0x2]

  @flags [
    use: 0x1,
    self: 0x2,
    master: 0x4,
    proxy: 0x8,
    ext_learned: 0x10,
    offloaded: 0x20,
    sticky: 0x40,
    router: 0x80
  ]

  @self 0x2
  @master 0x4

  @settable [use: 0x1, ext_learned: 0x10, extern_learn: 0x10, sticky: 0x40, router: 0x80]

  # What tells of the far end of a tunnel.
  @far [:dst, :port, :vni, :src_vni, :via, :nh_id]

  @flags_ext [managed: 0x1, locked: 0x2, ext_validated: 0x4]

  @vlans 1..4094
  @vnis 0..0xFFFFFF
  @u32 0..0xFFFFFFFF

  codec do
    header do
      field :family, :u8
      pad 3
      field :ifindex, :s32
      field :state, {:flags, :u16, @states}
      field :flags, {:flags, :u8, @flags}
      field :type, :u8
    end

    attr 1, :dst, IP
    attr 2, :lladdr, LinkAddress
    attr 3, :cacheinfo, Cacheinfo
    attr 5, :vlan, :u16
    attr 6, :port, :be16
    attr 7, :vni, :u32
    attr 8, :via, :u32
    attr 9, :master, :u32
    attr 10, :link_netnsid, :s32
    attr 11, :src_vni, :u32
    attr 12, :protocol, :u8
    attr 13, :nh_id, :u32
    attr 14, :fdb_ext_attrs, {:nested, ExtAttrs}
    attr 15, :flags_ext, {:flags, :u32, @flags_ext}
    attr 16, :ndm_state_mask, {:flags, :u16, @states}
    attr 17, :ndm_flags_mask, {:flags, :u8, @flags}
  end

  options(
    state: {{:enum, @kinds}, "how the entry came about, `:permanent` if not given"},
    flags: {{:flags, @settable}, "what else is known"},
    vlan: {@vlans, "VLAN of a bridge that filters them"},
    dst: {{:ip, {:dst, :dst}}, "far end of a tunnel"},
    port: {1..0xFFFF, "UDP port of the far end"},
    vni: {@vnis, "network identifier to send with"},
    src_vni: {@vnis, "network identifier received, for a VXLAN that takes any"},
    via: {:link, "link to send through"},
    nh_id: {@u32, "nexthop group of far ends"},
    activity_notify:
      {{:enum, [true: 1, inactive: 3]}, "tell of activity, with `:inactive` also of its end",
       field: [:ext, :activity_notify]},
    dont_refresh:
      {:flag, "do not let a replacement look like activity", field: [:ext, :dont_refresh]},
    master:
      {:flag, "in the table of the bridge, of which the link is a port", field: [:table, @master]},
    self: {:flag, "in the link's own table", field: [:table, @self]}
  )

  @type ref :: Link.ref()
  @type mac :: LinkAddress.input()
  @type error :: Link.error()

  @typedoc "`:ok`; with `echo: true` the entry as it became; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  # Reading

  @doc """
  The entries of all forwarding tables of the socket's namespace.

  Takes a link, by name or index, or options that choose among the entries:

    * `:link` - those of one link, in its own table or, of a port, in its bridge's;
    * `:bridge` - those of a bridge, and the own ones of its ports, by name or index;
    * `:vlan` - those of a VLAN;
    * `:state` - `:permanent` (or `:local`), `:static` or `:dynamic`;
    * those of `Linx.Netlink.Request`.

  The kernel filters by link and bridge.
  """
  @spec list(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, filter \\ [])
  def list(sock, link) when is_binary(link) or is_integer(link), do: list(sock, link: link)

  def list(sock, opts) do
    table = [link: :link, bridge: :link] ++ Keyword.take(__options__(), [:vlan, :state])

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, table),
         {:ok, via} <- Link.option_index(sock, wanted[:link], request),
         {:ok, master} <- Link.option_index(sock, wanted[:bridge], request),
         query = %__MODULE__{family: @af_bridge, via: via, master: master},
         {:ok, entries} <- Request.dump(sock, @rtm_getneigh, query, request) do
      {:ok, filter(entries, via, Map.take(wanted, [:vlan, :state]))}
    end
  end

  # A long list is not to be copied for nothing.
  defp filter(entries, nil, filter) when filter == %{}, do: entries
  defp filter(entries, via, filter), do: Enum.filter(entries, &chosen?(&1, via, filter))

  defp chosen?(entry, index, filter) do
    (index == nil or entry.ifindex == index) and
      filter[:vlan] in [nil, entry.vlan] and
      filter[:state] in [nil, @kinds[state(entry)]]
  end

  @doc """
  How an entry came about: `:permanent`, `:static` or `:dynamic`.

      iex> Linx.Netlink.Rtnl.Fdb.state(%Linx.Netlink.Rtnl.Fdb{state: [:noarp]})
      :static
  """
  @spec state(t()) :: :permanent | :static | :dynamic
  def state(%__MODULE__{} = entry) do
    states = Flags.names(entry, :state)

    cond do
      :permanent in states -> :permanent
      :noarp in states -> :static
      true -> :dynamic
    end
  end

  @doc """
  The entry of a hardware address.

  `link` is a bridge, any port of it, or a VXLAN. Options are `:vlan`, of a VXLAN that
  takes any identifier `:src_vni`, `:master` and `:self`, and those of
  `Linx.Netlink.Request`. Needs Linux 5.0.
  """
  @spec get(Request.target(), ref(), mac(), keyword()) :: {:ok, t()} | {:error, error()}
  def get(sock, link, mac, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :get, @netlink_route),
         {:ok, mac} <- Type.mac(mac),
         {:ok, fields} <- parse(opts, [:vlan, :src_vni, :master, :self]),
         {:ok, entry} <- entry(sock, link, mac, fields, request) do
      look_up(sock, entry, request)
    end
  end

  # What the kernel takes the VNI of a query for is the one received.
  defp look_up(sock, entry, request) do
    query = %__MODULE__{
      family: @af_bridge,
      ifindex: entry.ifindex,
      flags: for(flag <- Flags.names(entry, :flags), flag in [:self, :master], do: flag),
      lladdr: entry.lladdr,
      vlan: entry.vlan,
      vni: entry.src_vni
    }

    Request.fetch(sock, @rtm_getneigh, query, request)
  end

  # Changing

  @doc """
  Adds an entry. `opts` are those above and those of `Linx.Netlink.Request`.

      :ok = Fdb.add(sock, "eth1", "02:00:00:00:00:09", state: :static)
      :ok = Fdb.add(sock, "vxlan0", "02:00:00:00:00:09", dst: "192.0.2.9", vni: 42)

  With `echo: true` the result is the entry as the kernel made it.

  `add/2` and `add/3` take an entry that is given whole, such as one of `list/2`, and the options of
  `Linx.Netlink.Request`. What only the kernel can say of it is left out.
  """
  @spec add(Link.target(), ref(), mac(), keyword()) :: done()
  @spec add(Link.target(), t(), keyword(), []) :: done()
  def add(sock, link, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_excl(), link, mac, opts)

  @doc """
  Adds an entry, or overwrites the one that is there; a VXLAN's loses its far ends for the
  new one. Arguments and result as for `add/4`.
  """
  @spec replace(Link.target(), ref(), mac(), keyword()) :: done()
  @spec replace(Link.target(), t(), keyword(), []) :: done()
  def replace(sock, link, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_replace(), link, mac, opts)

  @doc """
  Adds a further far end to an entry of a VXLAN, or adds the entry: frames go to each of
  them. Arguments and result as for `add/4`.

  The kernel takes several for multicast addresses and for `00:00:00:00:00:00`, the entry
  of addresses without entry.
  """
  @spec append(Link.target(), ref(), mac(), keyword()) :: done()
  @spec append(Link.target(), t(), keyword(), []) :: done()
  def append(sock, link, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_append(), link, mac, opts)

  for verb <- [:add, :replace, :append] do
    @doc """
    Writes an entry that is given whole; see `#{verb}/4`.
    """
    @spec unquote(verb)(Link.target(), t()) :: done()
    def unquote(verb)(sock, %__MODULE__{} = entry), do: unquote(verb)(sock, entry, [], [])
  end

  defp write(sock, flags, %__MODULE__{} = entry, opts, []) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: send_new(sock, flags, Requests.create(entry), request)
  end

  defp write(sock, flags, link, mac, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, mac} <- Type.mac(mac),
         {:ok, fields} <- parse([state: :permanent] ++ opts, Keyword.keys(__options__())),
         {:ok, entry} <- entry(sock, link, mac, fields, request),
         do: send_new(sock, flags, entry, request)
  end

  defp send_new(sock, flags, entry, request) do
    # No kernel so far echoes entries.
    with {:error, :no_reply} <- Request.run(sock, @rtm_newneigh, flags, entry, request),
         do: look_up(sock, entry, Keyword.take(request, [:timeout]))
  end

  @doc """
  Deletes an entry; one that is not there is `:enoent`.

  Options are `:vlan`, `:master`, `:self` and, to remove one far end of several, `:dst`,
  `:port`, `:vni`, `:src_vni`, `:via`.

  `delete/2` and `delete/3` take an entry of `list/2`: of a VXLAN's, one far end. Of a bridge that
  knows VLANs, one without a VLAN is deleted for every VLAN: the kernel has no request for it alone.
  """
  @spec delete(Link.target(), ref(), mac(), keyword()) :: done()
  @spec delete(Link.target(), t(), keyword(), []) :: done()
  def delete(sock, link, mac, opts \\ [])

  def delete(sock, %__MODULE__{} = entry, opts, []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: Request.run(sock, @rtm_delneigh, 0, Requests.delete(entry), request)
  end

  def delete(sock, link, mac, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, mac} <- Type.mac(mac),
         {:ok, fields} <- parse(opts, [:vlan, :master, :self | @far]),
         # Network cards know no other state, and insist on it.
         fields = Map.put(fields, :state, @kinds[:permanent]),
         {:ok, entry} <- entry(sock, link, mac, fields, request) do
      Request.run(sock, @rtm_delneigh, 0, entry, request)
    end
  end

  @doc """
  Deletes an entry of `list/2`; see `delete/4`.
  """
  @spec delete(Link.target(), t()) :: done()
  def delete(sock, %__MODULE__{} = entry), do: delete(sock, entry, [], [])

  @doc """
  Deletes all entries of a bridge, of one of its ports, or of a VXLAN, in one request.

      :ok = Fdb.flush(sock, "br0", state: :dynamic)
      :ok = Fdb.flush(sock, "eth1", vlan: 7)
      :ok = Fdb.flush(sock, "vxlan0", dst: "192.0.2.9")

  Options choose among them: `:state`, `:flags` (those with all of these), `:vlan`, for a
  bridge `:via` (one of its ports), for a VXLAN `:dst`, `:port`, `:vni`, `:src_vni` and
  `:nh_id`; and `:master` and `:self`. Without `:state` a bridge loses its own addresses as
  well. Needs Linux 5.19, for a VXLAN 6.7.
  """
  @spec flush(Link.target(), ref(), keyword()) :: done()
  def flush(sock, link, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, fields} <- parse(opts, [:state, :flags, :vlan, :master, :self | @far]),
         {:ok, entry} <- entry(sock, link, nil, fields, request) do
      {state, mask} = chosen_state(fields[:state])
      chosen = %{entry | state: state, ndm_state_mask: mask, ndm_flags_mask: fields[:flags]}
      Request.run(sock, @rtm_delneigh, @nlm_f_bulk, chosen, request)
    end
  end

  # To a bridge, what is permanent is static, too.
  defp chosen_state(nil), do: {0, nil}
  defp chosen_state(0x80), do: {0x80, 0x80}
  defp chosen_state(0x40), do: {0x40, 0xC0}
  defp chosen_state(_dynamic), do: {0, 0xC0}

  # Options to entries

  defp parse(opts, keys) do
    with {:ok, fields} <- Options.parse(Keyword.take(__options__(), keys), opts, :create),
         do: {:ok, Enum.reduce(fields, %{}, &put/2)}
  end

  defp put({[:table, _bit], false}, fields), do: fields
  defp put({[:table, bit], true}, fields), do: Map.update(fields, :table, bit, &(&1 ||| bit))

  defp put({[:ext, field], value}, fields) do
    ext = Map.get(fields, :fdb_ext_attrs, %ExtAttrs{})
    Map.put(fields, :fdb_ext_attrs, Map.replace!(ext, field, value))
  end

  defp put({[field], value}, fields), do: Map.put(fields, field, value)

  defp entry(sock, link, mac, fields, request) do
    with {:ok, link} <- Link.get(sock, link, Keyword.take(request, [:timeout])),
         {:ok, via} <- Link.option_index(sock, fields[:via], request) do
      {table, fields} = Map.pop(fields, :table, 0)

      entry = %__MODULE__{family: @af_bridge, ifindex: link.index, lladdr: mac}
      entry = entry |> Map.merge(fields) |> Map.replace!(:via, via)
      {:ok, %{entry | flags: entry.flags ||| table(table, link, fields)}}
    end
  end

  defp table(0, link, fields) do
    port? = match?(%{slave_kind: "bridge"}, link.linkinfo)
    far? = Enum.any?(@far, &is_map_key(fields, &1))
    if port? and not far?, do: @master, else: @self
  end

  defp table(said, _link, _fields), do: said

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Fdb
    alias Linx.Text

    def inspect(entry, opts) do
      Text.show(entry, opts, fn ->
        [
          Text.field(entry.lladdr),
          Text.part("vlan=", entry.vlan),
          Text.part("dst=", entry.dst),
          "ifindex=#{Text.field(entry.ifindex)}",
          Text.field(Fdb.state(entry))
        ]
      end)
    end
  end
end

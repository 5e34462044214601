defmodule Linx.Netlink.Rtnl.Link do
  @moduledoc """
  A network interface.

  Kernel side: `struct ifinfomsg` of `include/uapi/linux/rtnetlink.h` and the `IFLA_*`
  attributes of `include/uapi/linux/if_link.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, links} = Link.list(sock)

      :ok = Link.create(sock, "br0", :bridge, vlan_filtering: true, up: true)
      :ok = Link.create_veth(sock, "left", "right", peer: [netns: {:path, "/run/netns/box"}])
      :ok = Link.set(sock, "left", master: "br0", mtu: 1400)

  Reading needs no privilege, everything else `CAP_NET_ADMIN` in the socket's
  namespace: `{:error, %Linx.Netlink.Error{errno: :eperm}}`.

  A verb takes a link by its name, an alternative name (of up to 127 bytes) or its
  index. It looks the link up and then acts on the index, so that it never touches
  another link that takes the name meanwhile.

  `flags` and `change` are numbers, `flags/1` has names. `address` and `broadcast`
  are a `Linx.MAC` where they have six bytes, a `Linx.LinkAddress` of any other length, as with
  IP tunnels and InfiniBand, and `nil` where the link has none. Statistics come when asked for.
  Further attributes are in structs by topic, each `nil` if the kernel has sent none of it:

    * `status` - link mode, carrier history, protocol down, promiscuity:
      `Linx.Netlink.Rtnl.Link.Status`;
    * `limits` - MTU range, GSO, GRO and TSO sizes, queues, headroom:
      `Linx.Netlink.Rtnl.Link.Limits`;
    * `hardware` - bus, physical port, permanent address: `Linx.Netlink.Rtnl.Link.Hardware`;
    * `xdp` - attached XDP programs: `Linx.Netlink.Rtnl.Link.Xdp`;
    * `af_spec` - settings of IPv4, IPv6 and MCTP: `Linx.Netlink.Rtnl.Link.AfSpec`;
    * `sriov` - virtual functions: `Linx.Netlink.Rtnl.Link.Sriov`;
    * `request` - attributes of requests alone: `Linx.Netlink.Rtnl.Link.Request`.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; an unknown link is `:enodev`;
    * `{:bad_name, name}` - no valid name: empty, with NUL or, of a new name, longer
      than 15 bytes or with a blank, `/` or `:`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`,
      `{:bad_mode, mode}`, `{:bad_address, text}`; that `set/3` was given an option of another
      kind than the link's is found when the link has been looked up;
    * `{:bad_mac, address}` - no link-layer address, or not of the link's length;
    * `{:bad_path, path}`, `{:open | :setns, errno}` - a namespace given by path cannot
      be opened, or is none;
    * those of `Linx.Netlink.Request`.

  All but the last are found before the kernel is asked to change anything.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_append: 0, nlm_f_create: 0, nlm_f_excl: 0]

  alias Linx.{LinkAddress, Text}
  alias Linx.Netlink.{Batch, Connection, Error, Message, Options, Request, Socket, Target}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.LinkInfo
  alias Linx.Netlink.Rtnl.LinkInfo.BridgePort
  alias Linx.Netlink.Rtnl.Stats.Link64

  alias __MODULE__.{
    AfSpec,
    BridgeAfSpec,
    Draft,
    Hardware,
    Inet6,
    Limits,
    PropList,
    Sriov,
    Status,
    Xdp
  }

  alias __MODULE__.Request, as: RequestAttrs

  @rtm_newlink 16
  @rtm_dellink 17
  @rtm_getlink 18
  @rtm_newlinkprop 108
  @rtm_dellinkprop 109

  @operstates [
    unknown: 0,
    notpresent: 1,
    down: 2,
    lowerlayerdown: 3,
    testing: 4,
    dormant: 5,
    up: 6
  ]

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  # Which parts of a link to read, and which links.
  @parts [stats: :boolean, af_spec: :boolean, vf: :boolean, target_netnsid: 0..0x7FFFFFFF]
  @filters [kind: :kind, master: :link] ++ @parts

  # IFF_* of include/uapi/linux/if.h.
  @flags [
    up: 0x1,
    broadcast: 0x2,
    debug: 0x4,
    loopback: 0x8,
    pointopoint: 0x10,
    notrailers: 0x20,
    running: 0x40,
    noarp: 0x80,
    promisc: 0x100,
    allmulti: 0x200,
    master: 0x400,
    slave: 0x800,
    multicast: 0x1000,
    portsel: 0x2000,
    automedia: 0x4000,
    dynamic: 0x8000,
    lower_up: 0x10000,
    dormant: 0x20000,
    echo: 0x40000
  ]

  @u32 0..0xFFFFFFFF

  codec do
    header do
      field :family, :u8
      pad 1
      field :type, :u16
      field :index, :s32
      field :flags, :u32
      field :change, :u32, volatile: true
    end

    attr 1, :address, LinkAddress
    attr 3, :name, :string
    attr 4, :mtu, :u32
    attr 5, :link, :u32
    attr 10, :master, :u32
    attr 18, :linkinfo, LinkInfo
    attr 19, :net_ns_pid, :u32
    attr 2, :broadcast, LinkAddress
    attr 6, :qdisc, :string

    attr 12,
         :protinfo,
         {:dispatch, :family, %{7 => {:nested, BridgePort}, 10 => {:nested, Inet6}}}

    attr 13, :txqlen, :u32
    attr 16, :operstate, {:enum, :u8, @operstates}
    attr 20, :ifalias, :string
    attr 23, :stats64, Link64, volatile: true

    attr 26,
         :af_spec,
         {:dispatch, :family, %{0 => {:nested, AfSpec}, 7 => {:nested, BridgeAfSpec}}}

    attr 27, :group, :u32
    attr 33, :carrier, :u8
    attr 37, :link_netnsid, :s32
    attr 43, :xdp, {:nested, Xdp}
    attr 52, :prop_list, {:nested, PropList}
    group :status, Status
    group :limits, Limits
    group :hardware, Hardware
    group :sriov, Sriov
    group :request, RequestAttrs
  end

  options(
    name: {{:name, 15}, "name; at creation it may hold `%d`, which the kernel counts up"},
    parent: {:link, "link below", field: [:link], only: :create},
    index: {1..0x7FFFFFFF, "index", only: :create},
    address: {:link_address, "hardware address"},
    broadcast: {:link_address, "hardware broadcast address"},
    mtu: {1..0xFFFFFFFF, "largest packet, bytes"},
    txqlen: {@u32, "length of the transmit queue, packets"},
    group: {@u32, "group, for rules and for acting on many links"},
    master: {:master, "bridge, bond or VRF the link belongs to"},
    netns: {:netns, "network namespace"},
    up: {{:iff, 0x1, true}, "administratively up"},
    arp: {{:iff, 0x80, false}, "use ARP"},
    dynamic: {{:iff, 0x8000, true}, "addresses get lost when it goes down"},
    multicast: {{:iff, 0x1000, true}, "use multicast"},
    allmulticast: {{:iff, 0x200, true}, "receive all multicast"},
    promisc: {{:iff, 0x100, true}, "receive everything"},
    alias: {{:string, 255}, "description, empty for none", field: [:ifalias], only: :set},
    num_tx_queues:
      {1..4096, "transmit queues", field: [{:limits, Limits}, :num_tx_queues], only: :create},
    num_rx_queues:
      {1..4096, "receive queues", field: [{:limits, Limits}, :num_rx_queues], only: :create},
    linkmode:
      {{:enum, [default: 0, dormant: 1]}, "operational state after a carrier",
       field: [{:status, Status}, :linkmode]},
    operstate: {{:enum, @operstates}, "operational state, for user space to set"},
    carrier: {:bool, "carrier, where the driver allows", only: :set},
    proto_down:
      {:bool, "held down by a protocol", field: [{:status, Status}, :proto_down], only: :set},
    gso_max_size:
      {@u32, "largest packet left to be segmented, bytes",
       field: [{:limits, Limits}, :gso_max_size]},
    gso_max_segs:
      {0..0xFFFF, "most segments of such a packet", field: [{:limits, Limits}, :gso_max_segs]},
    gro_max_size:
      {@u32, "largest packet merged on receipt, bytes", field: [{:limits, Limits}, :gro_max_size]},
    gso_ipv4_max_size:
      {@u32, "the same for IPv4 sent", field: [{:limits, Limits}, :gso_ipv4_max_size]},
    gro_ipv4_max_size:
      {@u32, "the same for IPv4 received", field: [{:limits, Limits}, :gro_ipv4_max_size]},
    addr_gen_mode:
      {{:enum, [eui64: 0, none: 1, stable_privacy: 2, random: 3]},
       "how IPv6 makes link-local addresses",
       field: [{:af_spec, AfSpec}, {:inet6, Inet6}, :addr_gen_mode], only: :set},
    token:
      {:ip6, "IPv6 interface identifier for advertised prefixes",
       field: [{:af_spec, AfSpec}, {:inet6, Inet6}, :token], only: :set}
  )

  @type ref :: String.t() | pos_integer()
  @type netns ::
          pos_integer() | {:pid, pos_integer()} | {:path, Path.t()} | {:fd, non_neg_integer()}
  @type error ::
          Options.reason()
          | Request.error()
          | {:open | :setns | :thread, pos_integer()}
          | :no_reply

  @typedoc "Where a change is sent to, or gathered."
  @type target :: Request.target()

  @typedoc "`:ok`; with `echo: true` the link as it became; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  # Reading

  @doc """
  All links of the socket's namespace.

  Options:

    * `:kind` - only those of a kind, such as `"veth"`;
    * `:master` - only those of this master, a name or index;
    * `:stats` - `true` to get statistics: `stats64`, and the counters of IPv6 in
      `af_spec`. Without it the kernel's answer is a quarter shorter;
    * `:af_spec` - `true` to get the settings of IPv4 and IPv6, a hundred numbers for
      each link and half of the work of reading it;
    * `:vf` - `true` to get virtual functions as well;
    * `:target_netnsid` - a namespace that the socket's one has an id for, to read that one,
      where it takes `CAP_NET_ADMIN`;
    * those of `Linx.Netlink.Request`.
  """
  @spec list(target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @filters),
         {:ok, master} <- master_index(sock, wanted, request),
         kind = wanted[:kind],
         query = %{query(wanted) | master: master, linkinfo: kind && %LinkInfo{kind: kind}},
         skip = skip(wanted, [:stats, :af_spec]),
         {:ok, links} <- Request.dump(sock, @rtm_getlink, query, [skip: skip] ++ request) do
      {:ok, keep(links, kind, master)}
    end
  end

  @doc """
  One link.

  An unknown one is `{:error, %Linx.Netlink.Error{errno: :enodev}}`. Options as in
  `list/2`, without the filters; `af_spec` is there without being asked for.
  """
  @spec get(target(), ref(), keyword()) :: {:ok, t()} | {:error, error()}
  def get(sock, name, opts \\ []) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @parts),
         wanted = Map.put_new(wanted, :af_spec, true),
         {:ok, query} <- named(query(wanted), name),
         skip = skip(wanted, [:stats, :af_spec]),
         {:error, %Error{errno: :enodev, message: nil} = error} <-
           Request.fetch(sock, @rtm_getlink, query, [skip: skip] ++ request) do
      {:error, %{error | message: "no such interface #{Text.quoted(name)}"}}
    end
  end

  defp named(query, index) when index in 1..0x7FFFFFFF, do: {:ok, %{query | index: index}}

  defp named(query, name) do
    with {:ok, name} <- Type.check({:alt_name, 127}, :name, name) do
      if byte_size(name) <= 15,
        do: {:ok, %{query | name: name}},
        else: {:ok, %{query | request: %{query.request | alt_ifname: name}}}
    end
  end

  defp query(wanted) do
    mask = if wanted[:stats], do: [], else: [:skip_stats]
    mask = if wanted[:vf], do: [:vf | mask], else: mask
    %__MODULE__{request: %RequestAttrs{ext_mask: mask, target_netnsid: wanted[:target_netnsid]}}
  end

  # What is not asked for is not decoded either: kernels differ in what they send.
  defp skip(wanted, parts) do
    for part <- parts, !wanted[part], do: if(part == :stats, do: :stats64, else: part)
  end

  defp master_index(sock, wanted, request) do
    case wanted do
      %{master: {:link, _key, master}} ->
        opts =
          Keyword.take(request, [:timeout]) ++ Map.to_list(Map.take(wanted, [:target_netnsid]))

        with {:ok, link} <- get(sock, master, opts), do: {:ok, link.index}

      %{} ->
        {:ok, nil}
    end
  end

  @doc false
  # The index of a link, which is looked up by a name; `request` holds the options of the
  # request that needs it.
  @spec index(target(), ref(), keyword()) :: {:ok, pos_integer()} | {:error, error()}
  def index(_sock, index, _request) when index in 1..0x7FFFFFFF, do: {:ok, index}

  def index(sock, name, request) do
    with {:ok, link} <- get(sock, name, Keyword.take(request, [:timeout])),
         do: {:ok, link.index}
  end

  @doc false
  # The same for the value of an option, `nil` if it is not given.
  @spec option_index(target(), {:link, atom(), ref()} | nil, keyword()) ::
          {:ok, pos_integer() | nil} | {:error, error()}
  def option_index(_sock, nil, _request), do: {:ok, nil}
  def option_index(sock, {:link, _key, ref}, request), do: index(sock, ref, request)

  # A kernel that does not know a filter, or the kind, lists everything.
  defp keep(links, nil, nil), do: links

  defp keep(links, kind, master) do
    Enum.filter(links, fn link ->
      kind in [nil, link.linkinfo && link.linkinfo.kind] and master in [nil, link.master]
    end)
  end

  @doc """
  Is the link administratively up?

      iex> Linx.Netlink.Rtnl.Link.up?(%Linx.Netlink.Rtnl.Link{flags: 0x1043})
      true
  """
  @spec up?(t()) :: boolean()
  def up?(%__MODULE__{flags: flags}), do: is_integer(flags) and band(flags, 0x1) != 0

  @doc """
  The names of the link's flags (`IFF_*`), in the order of their bits.

      iex> Linx.Netlink.Rtnl.Link.flags(%Linx.Netlink.Rtnl.Link{flags: 0x49})
      [:up, :loopback, :running]
  """
  @spec flags(t()) :: [atom()]
  def flags(%__MODULE__{flags: flags}),
    do: for({name, bit} <- @flags, band(flags || 0, bit) != 0, do: name)

  @doc """
  The operational state (RFC 2863) by name; `:unknown` where the link has none.

      iex> Linx.Netlink.Rtnl.Link.operstate(%Linx.Netlink.Rtnl.Link{operstate: :lowerlayerdown})
      :lowerlayerdown
  """
  @spec operstate(t()) :: atom()
  def operstate(%__MODULE__{operstate: state}),
    do: if(is_atom(state) and state != nil, do: state, else: :unknown)

  @doc """
  The alternative names of the link.

      iex> Linx.Netlink.Rtnl.Link.alt_names(%Linx.Netlink.Rtnl.Link{name: "eth0"})
      []
  """
  @spec alt_names(t()) :: [String.t()]
  def alt_names(%__MODULE__{prop_list: %PropList{alt_ifname: [_ | _] = names}}), do: names
  def alt_names(%__MODULE__{}), do: []

  # Creating

  @doc """
  Creates a link of a kind, an atom or a string such as `:vxlan`.

      :ok = Link.create(sock, "vx42", :vxlan, id: 42, remote: "192.0.2.7", parent: "eth0", up: true)
      :ok = Link.create(sock, "v0", :veth, mtu: 1400, peer: [name: "v1", netns: {:pid, 4711}])

  `opts` are the options of a link, above, and those of the kind, which the modules
  `Linx.Netlink.Rtnl.LinkInfo.*` document; the kind's meaning of a name comes first.
  A struct of the kind's module can be given as `:info_data`, for the options then to
  be put on top.

  With `:netns` the link is made in that namespace, while the links it names are
  those of the socket's namespace. A kernel without the kind answers `:eopnotsupp`.

  With `echo: true` the result is `{:ok, link}`, as the kernel made it; `:timeout` is
  that of `Linx.Netlink.Request`.

  A `:tun` or `:tap` is made in the namespace that the socket's path names now. It
  cannot be part of a batch, and neither can a namespace given by path.
  """
  @spec create(target(), String.t(), atom() | String.t(), keyword()) :: done()
  def create(sock, name, kind, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, kind} <- Type.check(:kind, :kind, kind) do
      case kind do
        "tun" -> attach(sock, name, 1, opts, request)
        "tap" -> attach(sock, name, 2, opts, request)
        kind -> request(sock, name, kind, opts, request)
      end
    end
  end

  defp request(sock, name, kind, opts, request) do
    send = &Request.run(sock, @rtm_newlink, nlm_f_create() ||| nlm_f_excl(), &1, request)

    with {:ok, draft} <- Draft.create(name, kind, opts),
         # Older kernels do not echo links.
         {:error, :no_reply} <- Draft.complete(sock, draft, %__MODULE__{}, request, send),
         do: get(sock, name, Keyword.take(request, [:timeout]))
  end

  # An ioctl cannot be gathered.
  defp attach(%Batch{}, _name, type, _opts, _request),
    do: {:error, {:bad_option, :kind, if(type == 1, do: "tun", else: "tap")}}

  # A tun or tap is made by an ioctl; what else it is to have is set afterwards, and if
  # that fails, it goes again.
  defp attach(sock, name, type, opts, request) do
    with {:ok, tun, common} <- Draft.tun(name, type, opts),
         :ok <- Target.check(sock, @netlink_route),
         {:ok, netns} <- Connection.netns(sock),
         %{flags: flags, owner: owner, group: group} = tun,
         :ok <- ioctl(Socket.Native.create_tun(netns_path(netns), name, flags, owner, group)),
         {:error, reason} <- finish(sock, name, common, Keyword.delete(request, :protocol)) do
      _ = delete(sock, name, Keyword.take(request, [:timeout]))
      {:error, reason}
    end
  end

  defp finish(_sock, _name, [], []), do: :ok
  defp finish(sock, name, common, request), do: set(sock, name, common ++ request)

  defp ioctl({:error, {:ioctl, code}}), do: {:error, Error.from_errno(code)}
  defp ioctl(result), do: result

  defp netns_path({:path, path}), do: path
  defp netns_path(:host), do: nil

  for {kind, text} <- [
        bond: "a bond of several links",
        bridge: "a bridge",
        dummy: "a link that drops what it is given",
        geneve: "a GENEVE tunnel",
        gre: "a GRE tunnel for IPv4 and IPv6 packets",
        gretap: "a GRE tunnel for Ethernet frames",
        ifb: "a link to redirect traffic through",
        ip6gre: "a GRE tunnel over IPv6",
        ipip: "a tunnel in IPv4 for IPv4 packets and, without `:proto`, MPLS",
        sit: "a tunnel in IPv4 for IPv6 packets and, without `:proto`, IPv4 and MPLS",
        tap: "a link whose frames a program reads and writes",
        tun: "a link whose IP packets a program reads and writes",
        wireguard: "a WireGuard tunnel, without keys yet"
      ] do
    @doc """
    Creates #{text}: `create/4` with kind `#{inspect(kind)}`.
    """
    @spec unquote(:"create_#{kind}")(target(), String.t(), keyword()) :: done()
    def unquote(:"create_#{kind}")(sock, name, opts \\ []),
      do: create(sock, name, unquote(kind), opts)
  end

  @doc """
  Creates a macvlan on `parent`; modes as in `Linx.Netlink.Rtnl.LinkInfo.Macvlan`.
  """
  @spec create_macvlan(target(), String.t(), ref(), atom(), keyword()) :: done()
  def create_macvlan(sock, name, parent, mode \\ :bridge, opts \\ []),
    do: create(sock, name, :macvlan, [parent: parent, mode: mode] ++ opts)

  @doc """
  Creates a macvtap on `parent`; modes as in `Linx.Netlink.Rtnl.LinkInfo.Macvlan`.
  """
  @spec create_macvtap(target(), String.t(), ref(), atom(), keyword()) :: done()
  def create_macvtap(sock, name, parent, mode \\ :bridge, opts \\ []),
    do: create(sock, name, :macvtap, [parent: parent, mode: mode] ++ opts)

  @doc """
  Creates an ipvlan on `parent`; modes as in `Linx.Netlink.Rtnl.LinkInfo.Ipvlan`.
  """
  @spec create_ipvlan(target(), String.t(), ref(), atom(), keyword()) :: done()
  def create_ipvlan(sock, name, parent, mode \\ :l3, opts \\ []),
    do: create(sock, name, :ipvlan, [parent: parent, mode: mode] ++ opts)

  @doc """
  Creates the VLAN `vlan_id`, 1 to 4094, on `parent`.
  """
  @spec create_vlan(target(), String.t(), ref(), 1..4094, keyword()) :: done()
  def create_vlan(sock, name, parent, vlan_id, opts \\ []) when vlan_id in 1..4094,
    do: create(sock, name, :vlan, [parent: parent, id: vlan_id] ++ opts)

  @doc """
  Creates a pair of links, each the other's far end.

  `opts` are those of `name`; what is under `:peer` is for `peer_name`: its `:address`,
  `:mtu`, `:netns` and so on, but not `:up`, which the kernel refuses (`:enotconn`)
  before there are two ends.

      :ok = Link.create_veth(sock, "v0", "v1", up: true, peer: [netns: {:path, "/run/netns/box"}])
  """
  @spec create_veth(target(), String.t(), String.t(), keyword()) :: done()
  def create_veth(sock, name, peer_name, opts \\ []) do
    with :ok <- Options.keyword(opts),
         {peer, opts} = Keyword.pop(opts, :peer, []),
         do: create(sock, name, :veth, [peer: [name: peer_name] ++ peer] ++ opts)
  end

  @doc """
  Creates a VXLAN with the network identifier `id`.
  """
  @spec create_vxlan(target(), String.t(), 0..0xFFFFFF, keyword()) :: done()
  def create_vxlan(sock, name, id, opts \\ []), do: create(sock, name, :vxlan, [id: id] ++ opts)

  @doc """
  Creates a routing domain with the routing table `table`.
  """
  @spec create_vrf(target(), String.t(), pos_integer(), keyword()) :: done()
  def create_vrf(sock, name, table, opts \\ []),
    do: create(sock, name, :vrf, [table: table] ++ opts)

  @doc """
  Deletes a link; of a veth, the other end goes too.

  The kernel answers `:eopnotsupp` for physical links. Takes the option `:timeout`.
  """
  @spec delete(target(), ref(), keyword()) :: done()
  def delete(sock, name, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         {:ok, link} <- get(sock, name, opts),
         do: Request.run(sock, @rtm_dellink, 0, %__MODULE__{index: link.index}, request)
  end

  # Changing

  @doc """
  Changes a link: any of the options of a link, above, and of its kind.

      :ok = Link.set(sock, "eth0", mtu: 9000, group: 7)
      :ok = Link.set(sock, "br0", ageing_time: 30_000, mcast_snooping: false)
      :ok = Link.set(sock, "eth0", port: [cost: 4, isolated: true])

  `:port` holds what a link has as port of its present master, as documented in
  `Linx.Netlink.Rtnl.LinkInfo.BridgePort` and `Linx.Netlink.Rtnl.LinkInfo.BondPort`.

  With `echo: true` the result is `{:ok, link}`, as it is then; `:timeout` is that of
  `Linx.Netlink.Request`.

  All goes in one request, which the kernel carries out from one attribute to the
  next: when it refuses one, those before it may have been changed.
  """
  @spec set(target(), ref(), keyword()) :: done()
  def set(sock, name, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {echo, request} = Keyword.pop(request, :echo, false),
         {:ok, draft, own} <- Draft.split(opts),
         {:ok, link} <- get(sock, name, Keyword.take(request, [:timeout])),
         :ok <- Draft.same_length(link, draft, opts),
         {:ok, info} <- Draft.set(link, own),
         send = &Request.run(sock, @rtm_newlink, 0, &1, request),
         changed = %__MODULE__{index: link.index},
         :ok <- Draft.complete(sock, draft ++ info, changed, request, send) do
      # The kernel echoes what it makes, not what it changes.
      if echo, do: get(sock, link.index, Keyword.take(request, [:timeout])), else: :ok
    end
  end

  # One change, with the options of the request alone.
  defp change(sock, name, change, opts) do
    with {:ok, _request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: set(sock, name, change ++ opts)
  end

  for {fun, option, value, text} <- [
        {:set_up, :up, true, "Brings a link up."},
        {:set_down, :up, false, "Takes a link down."},
        {:unset_master, :master, nil,
         "Releases a link from its bridge, bond or VRF. It is no error to have none."}
      ] do
    @doc text <> " Options are `:timeout` and `:echo`."
    @spec unquote(fun)(target(), ref(), keyword()) :: done()
    def unquote(fun)(sock, name, opts \\ []),
      do: change(sock, name, [{unquote(option), unquote(value)}], opts)
  end

  for {option, type, text} <- [
        {:name, quote(do: String.t()), "Renames a link. The old name is free at once."},
        {:address, quote(do: LinkAddress.input()),
         "Sets the link-layer address: a `Linx.MAC`, a `Linx.LinkAddress`, or text as of " <>
           "`Linx.LinkAddress.parse/1`, of the length that the link's addresses have."},
        {:txqlen, quote(do: non_neg_integer()),
         "Sets the length of the transmit queue, in packets."},
        {:group, quote(do: non_neg_integer()),
         "Sets the group, a number; 0 is the default group."},
        {:alias, quote(do: String.t()),
         "Sets the description, up to 255 bytes; an empty one removes it."},
        {:promisc, quote(do: boolean()), "Switches the reception of all packets on or off."},
        {:allmulticast, quote(do: boolean()),
         "Switches the reception of all multicast on or off."},
        {:multicast, quote(do: boolean()), "Switches multicast on or off."}
      ] do
    @doc text <> " Options are `:timeout` and `:echo`."
    @spec unquote(:"set_#{option}")(target(), ref(), unquote(type), keyword()) :: done()
    def unquote(:"set_#{option}")(sock, name, value, opts \\ []),
      do: change(sock, name, [{unquote(option), value}], opts)
  end

  @doc """
  Sets the largest packet, in bytes; the kernel knows each device's limits. Options are
  `:timeout` and `:echo`.

  Anything but a positive integer is a `FunctionClauseError`.
  """
  @spec set_mtu(target(), ref(), pos_integer(), keyword()) :: done()
  def set_mtu(sock, name, mtu, opts \\ []) when is_integer(mtu) and mtu > 0,
    do: change(sock, name, [mtu: mtu], opts)

  @doc """
  Makes a link a port of a bridge or bond, or a member of a VRF. Options are `:timeout` and
  `:echo`.

  `nil` is a `FunctionClauseError`; see `unset_master/3`.
  """
  @spec set_master(target(), ref(), ref(), keyword()) :: done()
  def set_master(sock, name, master, opts \\ []) when master != nil,
    do: change(sock, name, [master: master], opts)

  @doc """
  Moves a link to another namespace: of an OS pid, `{:pid, pid}`, `{:path, path}`, or
  `{:fd, descriptor}` of an open namespace file. Options are `:timeout` and `:echo`.

  Its addresses and routes get lost, its name must be free there. A path that does not
  exist is `{:error, {:open, 2}}`, one that is no network namespace
  `{:error, {:setns, 22}}`.
  """
  @spec move_to_netns(target(), ref(), netns(), keyword()) :: done()
  def move_to_netns(sock, name, netns, opts \\ []),
    do: change(sock, name, [netns: netns], opts)

  @doc """
  Adds an alternative name, of up to 127 bytes; a name in use is `:eexist`. Takes the option
  `:timeout`.
  """
  @spec add_alt_name(target(), ref(), String.t(), keyword()) :: done()
  def add_alt_name(sock, name, alt_name, opts \\ []) do
    flags = nlm_f_create() ||| nlm_f_excl() ||| nlm_f_append()
    change_alt_name(sock, @rtm_newlinkprop, flags, name, alt_name, opts)
  end

  @doc """
  Deletes an alternative name; one that the link does not have is `:enoent`. Takes the option
  `:timeout`.
  """
  @spec delete_alt_name(target(), ref(), String.t(), keyword()) :: done()
  def delete_alt_name(sock, name, alt_name, opts \\ []),
    do: change_alt_name(sock, @rtm_dellinkprop, 0, name, alt_name, opts)

  defp change_alt_name(sock, type, flags, name, alt_name, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         {:ok, alt_name} <- Type.check({:alt_name, 127}, :name, alt_name),
         {:ok, link} <- get(sock, name, opts) do
      body = %__MODULE__{index: link.index, prop_list: %PropList{alt_ifname: [alt_name]}}
      Request.run(sock, type, flags, body, request)
    end
  end

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Link

    def inspect(link, opts) do
      Text.show(link, opts, fn ->
        [
          link.name && Text.quoted(link.name),
          "(#{Text.field(link.index)})",
          if(Link.up?(link), do: "UP", else: "DOWN"),
          Text.part("MTU=", link.mtu),
          Text.part("kind=", link.linkinfo && link.linkinfo.kind)
        ]
      end)
    end
  end
end

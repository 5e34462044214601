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

  `flags` and `change` are numbers, `flags/1` has names. `address` is `nil` where the
  hardware address has not six bytes, as with IP tunnels. What few ask for is in
  `details`, what few links have in `rare`; statistics come when asked for.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; an unknown link is `:enodev`;
    * `{:bad_name, name}` - no valid name: empty, with NUL or, of a new name, longer
      than 15 bytes or with a blank, `/` or `:`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`,
      `{:bad_mode, mode}`, `{:bad_mac, text}`, `{:bad_address, text}`;
    * `{:bad_path, path}`, `{:open | :setns, errno}` - a namespace given by path cannot
      be opened, or is none;
    * those of `Linx.Netlink.Request`.

  All but the last are found before the kernel is asked to change anything.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Rtnl.Option

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_append: 0, nlm_f_create: 0, nlm_f_excl: 0]

  alias Linx.MAC
  alias Linx.Netlink.{Batch, Connection, Error, Message, Request, Socket}
  alias Linx.Netlink.Rtnl.{LinkInfo, Option}
  alias Linx.Netlink.Rtnl.LinkInfo.BridgePort
  alias Linx.Netlink.Rtnl.Stats.Link64

  alias __MODULE__.{AfSpec, BridgeAfSpec, Details, Draft, Inet6, PropList, Rare}

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

    attr 1, :address, MAC
    attr 3, :name, :string
    attr 4, :mtu, :u32
    attr 5, :link, :u32
    attr 10, :master, :u32
    attr 18, :linkinfo, LinkInfo
    attr 19, :net_ns_pid, :u32
    attr 2, :broadcast, MAC
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
    attr 30, :promiscuity, :u32
    attr 31, :num_tx_queues, :u32
    attr 32, :num_rx_queues, :u32
    attr 33, :carrier, :u8
    attr 37, :link_netnsid, :s32
    attr 52, :prop_list, {:nested, PropList}
    attr 61, :allmulti, :u32
    group :details, Details
    group :rare, Rare
  end

  options(
    name: {{:name, 15}, "name; at creation it may hold `%d`, which the kernel counts up"},
    parent: {:link, "link below", field: [:link], only: :create},
    index: {1..0x7FFFFFFF, "index", only: :create},
    address: {:mac, "hardware address"},
    broadcast: {:mac, "hardware broadcast address"},
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
    num_tx_queues: {1..4096, "transmit queues", only: :create},
    num_rx_queues: {1..4096, "receive queues", only: :create},
    linkmode:
      {{:enum, [default: 0, dormant: 1]}, "operational state after a carrier",
       field: [{:details, Details}, :linkmode]},
    operstate: {{:enum, @operstates}, "operational state, for user space to set"},
    carrier: {:bool, "carrier, where the driver allows", only: :set},
    proto_down:
      {:bool, "held down by a protocol", field: [{:details, Details}, :proto_down], only: :set},
    gso_max_size:
      {@u32, "largest packet left to be segmented, bytes",
       field: [{:details, Details}, :gso_max_size]},
    gso_max_segs:
      {0..0xFFFF, "most segments of such a packet", field: [{:details, Details}, :gso_max_segs]},
    gro_max_size:
      {@u32, "largest packet merged on receipt, bytes",
       field: [{:details, Details}, :gro_max_size]},
    gso_ipv4_max_size:
      {@u32, "the same for IPv4 sent", field: [{:details, Details}, :gso_ipv4_max_size]},
    gro_ipv4_max_size:
      {@u32, "the same for IPv4 received", field: [{:details, Details}, :gro_ipv4_max_size]},
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
          Option.reason()
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
    with {:ok, request, opts} <- request_options([af_spec: false], opts, [:kind, :master]),
         {:ok, master} <-
           master_index(sock, opts[:master], Keyword.take(opts, [:target_netnsid])),
         query = %{query(opts) | master: master, linkinfo: kind_filter(opts[:kind])},
         {:ok, links} <- Request.dump(sock, @rtm_getlink, query, request) do
      {:ok, keep(links, opts[:kind], master)}
    end
  end

  @doc """
  One link.

  An unknown one is `{:error, %Linx.Netlink.Error{errno: :enodev}}`. Options as in
  `list/2`, without the filters; `af_spec` is there without being asked for.
  """
  @spec get(target(), ref(), keyword()) :: {:ok, t()} | {:error, error()}
  def get(sock, name, opts \\ [])

  def get(sock, index, opts) when is_integer(index) and index > 0,
    do: fetch(sock, index, opts, &%{&1 | index: index})

  def get(sock, name, opts) when is_binary(name) do
    cond do
      :binary.match(name, <<0>>) != :nomatch or byte_size(name) > 127 ->
        {:error, {:bad_name, name}}

      byte_size(name) <= 15 ->
        fetch(sock, name, opts, &%{&1 | name: name})

      true ->
        fetch(sock, name, opts, &%{&1 | rare: %{&1.rare | alt_ifname: name}})
    end
  end

  defp fetch(sock, ref, opts, by) do
    with {:ok, request, opts} <- request_options([af_spec: true], opts, []),
         {:error, %Error{errno: :enodev, message: nil} = error} <-
           Request.fetch(sock, @rtm_getlink, by.(query(opts)), request) do
      {:error, %{error | message: "no such interface #{inspect(ref)}"}}
    end
  end

  defp query(opts) do
    mask = if opts[:stats], do: [], else: [:skip_stats]
    mask = if opts[:vf], do: [:vf | mask], else: mask
    %__MODULE__{rare: %Rare{ext_mask: mask, target_netnsid: opts[:target_netnsid]}}
  end

  # What is not asked for is not decoded either: kernels differ in what they send.
  defp request_options(defaults, opts, filters) do
    {request, opts} = Keyword.split(opts, [:timeout, :dump_retries])
    opts = Keyword.merge(defaults, opts)

    skip =
      for key <- [:stats, :af_spec], !opts[key], do: if(key == :stats, do: :stats64, else: key)

    case Keyword.keys(opts) -- [:stats, :af_spec, :vf, :target_netnsid | filters] do
      [] -> with :ok <- netnsid(opts[:target_netnsid]), do: {:ok, [skip: skip] ++ request, opts}
      [key | _] -> {:error, {:unknown_option, key}}
    end
  end

  defp netnsid(nil), do: :ok
  defp netnsid(id) when id in 0..0x7FFFFFFF, do: :ok
  defp netnsid(other), do: {:error, {:bad_option, :target_netnsid, other}}

  defp master_index(_sock, nil, _opts), do: {:ok, nil}

  defp master_index(sock, master, opts),
    do: with({:ok, link} <- get(sock, master, opts), do: {:ok, link.index})

  defp kind_filter(nil), do: nil
  defp kind_filter(kind), do: %LinkInfo{kind: to_string(kind)}

  # A kernel that does not know a filter, or the kind, lists everything.
  defp keep(links, nil, nil), do: links

  defp keep(links, kind, master) do
    kind = kind && to_string(kind)

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
  def create(sock, name, kind, opts \\ []) when is_binary(name) and is_list(opts) do
    case to_string(kind) do
      "tun" -> attach(sock, name, 1, opts)
      "tap" -> attach(sock, name, 2, opts)
      kind -> request(sock, name, kind, opts)
    end
  end

  defp request(sock, name, kind, opts) do
    {request, opts} = Keyword.split(opts, [:timeout, :echo])
    send = &Request.run(sock, @rtm_newlink, nlm_f_create() ||| nlm_f_excl(), &1, request)

    with {:ok, draft} <- Draft.create(name, kind, opts),
         # Older kernels do not echo links.
         {:error, :no_reply} <- Draft.complete(sock, draft, %__MODULE__{}, send),
         do: get(sock, name)
  end

  # An ioctl cannot be gathered.
  defp attach(%Batch{}, _name, type, _opts),
    do: {:error, {:bad_option, :kind, if(type == 1, do: "tun", else: "tap")}}

  # A tun or tap is made by an ioctl; what else it is to have is set afterwards, and if
  # that fails, it goes again.
  defp attach(sock, name, type, opts) do
    {request, opts} = Keyword.split(opts, [:timeout, :echo])

    with {:ok, tun, common} <- Draft.tun(name, type, opts),
         {:ok, netns} <- Connection.netns(sock),
         %{flags: flags, owner: owner, group: group} = tun,
         :ok <- ioctl(Socket.Native.create_tun(netns_path(netns), name, flags, owner, group)),
         {:error, reason} <- finish(sock, name, common, request) do
      _ = delete(sock, name)
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
        ipip: "a tunnel for IPv4 packets in IPv4",
        sit: "a tunnel for IPv6 packets in IPv4",
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
  def create_veth(sock, name, peer_name, opts \\ []) when is_binary(peer_name) do
    {peer, opts} = Keyword.pop(opts, :peer, [])
    create(sock, name, :veth, [peer: [name: peer_name] ++ peer] ++ opts)
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

  The kernel answers `:eopnotsupp` for physical links.
  """
  @spec delete(target(), ref()) :: done()
  def delete(sock, name) do
    with {:ok, link} <- get(sock, name),
         do: Request.run(sock, @rtm_dellink, 0, %__MODULE__{index: link.index})
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
  def set(sock, name, opts) when is_list(opts) do
    {request, opts} = Keyword.split(opts, [:timeout, :echo])
    {echo, request} = Keyword.pop(request, :echo, false)
    send = &Request.run(sock, @rtm_newlink, 0, &1, request)

    with {:ok, draft, own} <- Draft.split(opts),
         {:ok, link} <- get(sock, name),
         {:ok, info} <- Draft.set(link, own),
         :ok <- Draft.complete(sock, draft ++ info, %__MODULE__{index: link.index}, send) do
      # The kernel echoes what it makes, not what it changes.
      if echo, do: get(sock, link.index), else: :ok
    end
  end

  @doc "Brings a link up."
  @spec set_up(target(), ref()) :: done()
  def set_up(sock, name), do: set(sock, name, up: true)

  @doc "Takes a link down."
  @spec set_down(target(), ref()) :: done()
  def set_down(sock, name), do: set(sock, name, up: false)

  @doc "Sets the largest packet, in bytes; the kernel knows each device's limits."
  @spec set_mtu(target(), ref(), pos_integer()) :: done()
  def set_mtu(sock, name, mtu) when is_integer(mtu) and mtu > 0, do: set(sock, name, mtu: mtu)

  @doc "Renames a link. The old name is free at once."
  @spec set_name(target(), ref(), String.t()) :: done()
  def set_name(sock, name, new_name) when is_binary(new_name), do: set(sock, name, name: new_name)

  @doc "Sets the hardware address, a string or a `Linx.MAC`."
  @spec set_address(target(), ref(), String.t() | MAC.t()) :: done()
  def set_address(sock, name, %MAC{} = mac), do: set(sock, name, address: mac)
  def set_address(sock, name, mac) when is_binary(mac), do: set(sock, name, address: mac)

  @doc "Makes a link a port of a bridge or bond, or a member of a VRF."
  @spec set_master(target(), ref(), ref()) :: done()
  def set_master(sock, name, master) when master != nil, do: set(sock, name, master: master)

  @doc "Releases a link from its bridge, bond or VRF. It is no error to have none."
  @spec unset_master(target(), ref()) :: done()
  def unset_master(sock, name), do: set(sock, name, master: nil)

  @doc "Sets the length of the transmit queue, in packets."
  @spec set_txqlen(target(), ref(), non_neg_integer()) :: done()
  def set_txqlen(sock, name, packets), do: set(sock, name, txqlen: packets)

  @doc "Sets the group, a number; 0 is the default group."
  @spec set_group(target(), ref(), non_neg_integer()) :: done()
  def set_group(sock, name, group), do: set(sock, name, group: group)

  @doc "Sets the description, up to 255 bytes; an empty one removes it."
  @spec set_alias(target(), ref(), String.t()) :: done()
  def set_alias(sock, name, text), do: set(sock, name, alias: text)

  @doc "Switches the reception of all packets on or off."
  @spec set_promisc(target(), ref(), boolean()) :: done()
  def set_promisc(sock, name, on), do: set(sock, name, promisc: on)

  @doc "Switches the reception of all multicast on or off."
  @spec set_allmulticast(target(), ref(), boolean()) :: done()
  def set_allmulticast(sock, name, on), do: set(sock, name, allmulticast: on)

  @doc "Switches multicast on or off."
  @spec set_multicast(target(), ref(), boolean()) :: done()
  def set_multicast(sock, name, on), do: set(sock, name, multicast: on)

  @doc """
  Moves a link to another namespace: of an OS pid, `{:pid, pid}`, `{:path, path}`, or
  `{:fd, descriptor}` of an open namespace file.

  Its addresses and routes get lost, its name must be free there. A path that does not
  exist is `{:error, {:open, 2}}`, one that is no network namespace
  `{:error, {:setns, 22}}`.
  """
  @spec move_to_netns(target(), ref(), netns()) :: done()
  def move_to_netns(sock, name, netns), do: set(sock, name, netns: netns)

  @doc """
  Adds an alternative name, of up to 127 bytes; a name in use is `:eexist`.
  """
  @spec add_alt_name(target(), ref(), String.t()) :: done()
  def add_alt_name(sock, name, alt_name) when is_binary(alt_name),
    do:
      change_alt_name(
        sock,
        @rtm_newlinkprop,
        nlm_f_create() ||| nlm_f_excl() ||| nlm_f_append(),
        name,
        alt_name
      )

  @doc """
  Deletes an alternative name; one that the link does not have is `:enoent`.
  """
  @spec delete_alt_name(target(), ref(), String.t()) :: done()
  def delete_alt_name(sock, name, alt_name) when is_binary(alt_name),
    do: change_alt_name(sock, @rtm_dellinkprop, 0, name, alt_name)

  defp change_alt_name(sock, type, flags, name, alt_name) do
    with {:ok, _} <- Option.parse([name: {{:alt_name, 127}, ""}], [name: alt_name], :set),
         {:ok, link} <- get(sock, name) do
      body = %__MODULE__{index: link.index, prop_list: %PropList{alt_ifname: [alt_name]}}
      Request.run(sock, type, flags, body)
    end
  end

  defimpl Inspect do
    def inspect(link, _opts) do
      parts = [
        link.name && Kernel.inspect(link.name),
        "(#{link.index})",
        if(Linx.Netlink.Rtnl.Link.up?(link), do: "UP", else: "DOWN"),
        link.mtu && "MTU=#{link.mtu}",
        kind(link)
      ]

      "#Linx.Netlink.Rtnl.Link<#{parts |> Enum.reject(&is_nil/1) |> Enum.join(" ")}>"
    end

    defp kind(%{linkinfo: %{kind: kind}}) when is_binary(kind), do: "kind=#{kind}"
    defp kind(_link), do: nil
  end
end

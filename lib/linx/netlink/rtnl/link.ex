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

  A verb takes a link by its name, an alternative name (of up to 127 bytes) or its index
  (`index`, which other objects call `ifindex`). It looks up the name and acts on the index, so
  that it does not touch another link that takes over the name meanwhile.

  `flags`, `change` and `type` are numbers; `flags/1`, `flag?/2` and `hardware_type/1` have their
  names. `address` and `broadcast` are a `Linx.MAC` if they have six bytes, a `Linx.LinkAddress`
  of any other length, as with IP tunnels and InfiniBand, and `nil` for a link without one.
  Statistics (`stats64`) are read only with the option `stats: true`.
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

  `Linx.Netlink.Rtnl.Link.Options` has the options of every link, the modules
  `Linx.Netlink.Rtnl.LinkInfo.*` those of each kind.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused the request; an unknown link is `:enodev`;
    * `{:bad_name, name}` - an invalid name: empty, with NUL or, for a new name, longer
      than 15 bytes or with a blank, `/` or `:`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`,
      `{:bad_mode, mode}`, `{:bad_address, text}` - a mistake in the options; `set/3` finds an
      option of another kind than the link's after it has looked up the link;
    * `{:bad_mac, address}` - an invalid link-layer address, or one of another length than the
      link's;
    * `{:bad_path, path}`, `{:open | :setns, errno}` - a namespace given by path cannot
      be opened, or the path is no network namespace;
    * those of `Linx.Netlink.Request`.

  All but the first and the last are found before a change is sent.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :link,
    plural: :links,
    messages: [new: 16, del: 17, get: 18],
    groups: [1],
    # RTNLGRP_IPV6_IFINFO, IPV4_NETCONF, IPV6_NETCONF and NSID: settings of IPv4 and IPv6 that
    # are part of a link, and ids of other namespaces. RTM_{NEW,DEL}NETCONF and RTM_{NEW,DEL}NSID.
    hints: [groups: [12, 24, 25, 28], messages: [80, 81, 88, 89]],
    key: [:index],
    names: &__MODULE__.Notified.names/1,
    whole?: &__MODULE__.Notified.whole?/2,
    list: &__MODULE__.Notified.list/1,
    ifindex: [:index],
    gone: [:enodev],
    owner: :applied,
    owner_key: &__MODULE__.Desired.owner_key/1,
    desired: __MODULE__.Desired

  import Bitwise, only: [band: 2]

  alias Linx.{LinkAddress, Text}
  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Rtnl.LinkInfo
  alias Linx.Netlink.Rtnl.LinkInfo.BridgePort
  alias Linx.Netlink.Rtnl.Stats.Link64

  alias __MODULE__.{
    AfSpec,
    BridgeAfSpec,
    Change,
    Flags,
    Hardware,
    HardwareType,
    Inet6,
    Limits,
    PropList,
    Query,
    Sriov,
    Status,
    Xdp
  }

  @flags Flags.table()
  @flag_names Keyword.keys(@flags)

  codec prefix: "IFLA_" do
    header "struct ifinfomsg", prefix: "ifi_" do
      field :family, :u8, "address family of the message: 0, or 7 (AF_BRIDGE)"
      pad 1
      field :type, :u16, "hardware type, ARPHRD_*; `hardware_type/1` has the name"
      field :index, :s32, "index of the link (`ifindex` of other objects)"
      field :flags, :u32, "IFF_* bits; `flags/1` has the names"

      field :change, :u32, "mask of the flags that a request or notification changes",
        volatile: true
    end

    attr 1, :address, LinkAddress, "link-layer address"
    attr 3, :name, :string, "name, up to 15 bytes", c: "IFLA_IFNAME"
    attr 4, :mtu, :u32, "largest packet (MTU), bytes"
    attr 5, :link, :u32, "index of the underlying link or of the peer"
    attr 10, :master, :u32, "index of the bridge, bond or VRF of the link"
    attr 18, :linkinfo, LinkInfo, "kind of the link and the data of the kind"
    attr 19, :net_ns_pid, :u32, "OS pid whose network namespace the link moves to; requests only"
    attr 2, :broadcast, LinkAddress, "link-layer broadcast address"
    attr 6, :qdisc, :string, "name of the root queueing discipline"

    attr 12,
         :protinfo,
         {:dispatch, :family, %{7 => {:nested, BridgePort}, 10 => {:nested, Inet6}}},
         "state of a bridge port or of IPv6, by the family of the message",
         keys: %{7 => "AF_BRIDGE", 10 => "AF_INET6"}

    attr 13, :txqlen, :u32, "length of the transmit queue, packets"

    attr 16,
         :operstate,
         {:enum, :u8, __MODULE__.Options.operstates()},
         "operational state (RFC 2863)",
         values: "IF_OPER_"

    attr 20, :ifalias, :string, "description, up to 255 bytes"
    attr 23, :stats64, Link64, "counters; only with `stats: true`", volatile: true

    attr 26,
         :af_spec,
         {:dispatch, :family, %{0 => {:nested, AfSpec}, 7 => {:nested, BridgeAfSpec}}},
         "settings by address family",
         keys: %{0 => "AF_UNSPEC", 7 => "AF_BRIDGE"}

    attr 27, :group, :u32, "group of links, a number"
    attr 33, :carrier, {:bool, :u8}, "whether the link has a carrier"
    attr 37, :link_netnsid, :s32, "id of the network namespace of `link`"
    attr 43, :xdp, {:nested, Xdp}, "attached XDP programs"
    attr 52, :prop_list, {:nested, PropList}, "alternative names"
    group :status, Status, "link mode, carrier history, protocol down, promiscuity"
    group :limits, Limits, "MTU range, offload sizes, queues, headroom"
    group :hardware, Hardware, "bus, physical port, permanent address"
    group :sriov, Sriov, "virtual functions"
    group :request, __MODULE__.Request, "attributes of requests only"
  end

  @typedoc "A link by its name, an alternative name of up to 127 bytes, or its index."
  @type ref :: String.t() | pos_integer()

  @typedoc "A network namespace by OS pid, by path, or by the descriptor of an open namespace file."
  @type netns ::
          pos_integer() | {:pid, pos_integer()} | {:path, Path.t()} | {:fd, non_neg_integer()}
  @type error ::
          Options.reason()
          | Request.error()
          | {:open | :setns | :thread, pos_integer()}
          | :no_reply

  @typedoc "A socket or connection that sends the request, or a batch that collects it."
  @type target :: Request.target()

  @typedoc "`:ok`; with `echo: true` the link after the change; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  # Reading

  @doc """
  Lists all links of the socket's namespace.

  Options:

    * `:kind` - only links of a kind, such as `"veth"`;
    * `:master` - only links of this master, by name or index;
    * `:stats` - `true` to get statistics: `stats64`, and the counters of IPv6 in
      `af_spec`. Without it the kernel's reply is a quarter shorter;
    * `:af_spec` - `true` to get the settings of IPv4 and IPv6: a hundred numbers for
      each link, which take half of the time of decoding it;
    * `:vf` - `true` to get virtual functions, in `sriov`;
    * `:target_netnsid` - reads another namespace: the id that the socket's namespace has
      for it. Needs `CAP_NET_ADMIN` there;
    * those of `Linx.Netlink.Request`.
  """
  @spec list(target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []), do: Query.list(sock, opts)

  @doc """
  Reads one link.

  An unknown link is `{:error, %Linx.Netlink.Error{errno: :enodev}}`. Options are those of
  `list/2` without `:kind` and `:master`; `:af_spec` is `true` by default.
  """
  @spec get(target(), ref(), keyword()) :: {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(sock, name, opts \\ []), do: Query.get(sock, name, opts)

  @doc """
  Whether a link exists in the socket's namespace.

  An error other than `:enodev` is returned as `{:error, reason}`. Takes the option `:timeout`. With a
  batch the link is looked up at once, on its socket.

      true = Link.exists?(sock, "lo")
  """
  @spec exists?(target(), ref(), keyword()) :: boolean() | {:error, error()}
  def exists?(sock, name, opts \\ []), do: Query.exists?(sock, name, opts)

  # The peer of a pair takes these options, too: `{:nest, Link}`.
  @doc false
  @spec __options__() :: keyword()
  defdelegate __options__, to: __MODULE__.Options

  @doc false
  @spec index(target(), ref(), keyword()) :: {:ok, pos_integer()} | {:error, error()}
  defdelegate index(sock, ref, request), to: Query

  @doc false
  @spec lookup(target(), ref(), keyword()) :: {:ok, t()} | {:error, error()}
  defdelegate lookup(sock, ref, opts), to: Query

  @doc false
  @spec option_index(target(), {:link, atom(), ref()} | nil, keyword()) ::
          {:ok, pos_integer() | nil} | {:error, error()}
  defdelegate option_index(sock, link, request), to: Query

  # Values

  @doc """
  Whether the link is administratively up (`IFF_UP`).

      iex> Linx.Netlink.Rtnl.Link.up?(%Linx.Netlink.Rtnl.Link{flags: 0x1043})
      true
  """
  @spec up?(t()) :: boolean()
  def up?(%__MODULE__{} = link), do: flag?(link, :up)

  @doc """
  Whether the link is operational: up, with a carrier, and not dormant (`IFF_RUNNING`).

      iex> Linx.Netlink.Rtnl.Link.running?(%Linx.Netlink.Rtnl.Link{flags: 0x1003})
      false
  """
  @spec running?(t()) :: boolean()
  def running?(%__MODULE__{} = link), do: flag?(link, :running)

  @doc """
  Whether the link has a carrier (`IFF_LOWER_UP`).

      iex> Linx.Netlink.Rtnl.Link.carrier?(%Linx.Netlink.Rtnl.Link{flags: 0x11043})
      true
  """
  @spec carrier?(t()) :: boolean()
  def carrier?(%__MODULE__{} = link), do: flag?(link, :lower_up)

  @doc """
  Whether a flag is set, by its name in `flags/1`.

      iex> Linx.Netlink.Rtnl.Link.flag?(%Linx.Netlink.Rtnl.Link{flags: 0x49}, :loopback)
      true
  """
  @spec flag?(t(), atom()) :: boolean()
  def flag?(%__MODULE__{flags: flags}, flag) when flag in @flag_names,
    do: is_integer(flags) and band(flags, Keyword.fetch!(@flags, flag)) != 0

  @doc """
  The names of the link's flags (`IFF_*`), in the order of their bits.

      iex> Linx.Netlink.Rtnl.Link.flags(%Linx.Netlink.Rtnl.Link{flags: 0x49})
      [:up, :loopback, :running]
  """
  @spec flags(t()) :: [atom()]
  def flags(%__MODULE__{flags: flags}),
    do: for({name, bit} <- @flags, band(flags || 0, bit) != 0, do: name)

  @doc """
  The operational state (RFC 2863) by name; `:unknown` if the link has none.

      iex> Linx.Netlink.Rtnl.Link.operstate(%Linx.Netlink.Rtnl.Link{operstate: :lowerlayerdown})
      :lowerlayerdown
  """
  @spec operstate(t()) :: atom()
  def operstate(%__MODULE__{operstate: state}),
    do: if(is_atom(state) and state != nil, do: state, else: :unknown)

  @doc """
  The hardware type (`ARPHRD_*`) by name, the number if it has none here.

      iex> Linx.Netlink.Rtnl.Link.hardware_type(%Linx.Netlink.Rtnl.Link{type: 772})
      :loopback
  """
  @spec hardware_type(t()) :: atom() | non_neg_integer() | nil
  def hardware_type(%__MODULE__{type: type}), do: HardwareType.name(type)

  @doc """
  The kind of the link, such as `"veth"`; `nil` of a link without one, such as a physical device.

      iex> alias Linx.Netlink.Rtnl.{Link, LinkInfo}
      iex> Link.kind(%Link{linkinfo: %LinkInfo{kind: "veth"}})
      "veth"
      iex> Link.kind(%Link{})
      nil
  """
  @spec kind(t()) :: String.t() | nil
  def kind(%__MODULE__{linkinfo: info}), do: info && info.kind

  @doc """
  The kind of the link's master, such as `"bridge"`; `nil` without a master.
  """
  @spec slave_kind(t()) :: String.t() | nil
  def slave_kind(%__MODULE__{linkinfo: info}), do: info && info.slave_kind

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

  `opts` are those of `Linx.Netlink.Rtnl.Link.Options`, and those of the kind, which the modules
  `Linx.Netlink.Rtnl.LinkInfo.*` document; an option of the kind takes precedence over one of
  the same name. `:info_data` takes a struct of the kind's module, to which the other options
  are then added.

  With `:netns` the link is created in that namespace, while the links that it names are
  those of the socket's namespace. A kernel without the kind answers `:eopnotsupp`.

  With `echo: true` the result is `{:ok, link}`, as the kernel created it; `:timeout` is
  that of `Linx.Netlink.Request`.

  A `:tun` or `:tap` is created in the namespace that the socket's path names at the time of
  the call. It cannot be part of a batch, and neither can a namespace given by path.
  """
  @spec create(target(), String.t(), atom() | String.t(), keyword()) :: done()
  def create(sock, name, kind, opts \\ []), do: Change.create(sock, name, kind, opts)

  for {kind, text} <- [
        bond: "a bond of several links",
        bridge: "a bridge",
        dummy: "a link that drops the packets sent through it",
        geneve: "a GENEVE tunnel",
        gre: "a GRE tunnel for IPv4 and IPv6 packets",
        gretap: "a GRE tunnel for Ethernet frames",
        ifb: "an intermediate functional block, to which traffic control redirects packets",
        ip6gre: "a GRE tunnel over IPv6",
        ipip: "a tunnel in IPv4 for IPv4 packets and, without `:proto`, MPLS",
        sit: "a tunnel in IPv4 for IPv6 packets and, without `:proto`, IPv4 and MPLS",
        tap: "a link whose Ethernet frames a program reads and writes",
        tun: "a link whose IP packets a program reads and writes",
        wireguard: "a WireGuard tunnel, without keys"
      ] do
    @doc """
    Creates #{text}: `create/4` with the kind `#{inspect(kind)}`.
    """
    @spec unquote(:"create_#{kind}")(target(), String.t(), keyword()) :: done()
    def unquote(:"create_#{kind}")(sock, name, opts \\ []),
      do: create(sock, name, unquote(kind), opts)
  end

  for {kind, mode, modes} <- [
        {:macvlan, :bridge, LinkInfo.Macvlan},
        {:macvtap, :bridge, LinkInfo.Macvlan},
        {:ipvlan, :l3, LinkInfo.Ipvlan}
      ] do
    @doc "Creates a link of kind `#{kind}` on `parent`; the modes are those of `#{inspect(modes)}`."
    @spec unquote(:"create_#{kind}")(target(), String.t(), ref(), atom(), keyword()) :: done()
    def unquote(:"create_#{kind}")(sock, name, parent, mode \\ unquote(mode), opts \\ []),
      do: create(sock, name, unquote(kind), [parent: parent, mode: mode] ++ opts)
  end

  @doc """
  Creates the VLAN `vlan_id`, 1 to 4094, on `parent`.
  """
  @spec create_vlan(target(), String.t(), ref(), 1..4094, keyword()) :: done()
  def create_vlan(sock, name, parent, vlan_id, opts \\ []) when vlan_id in 1..4094,
    do: create(sock, name, :vlan, [parent: parent, id: vlan_id] ++ opts)

  @doc """
  Creates a veth pair: two links, each the peer of the other.

  `opts` are those of `name`; the keyword list under `:peer` is for `peer_name`: its `:address`,
  `:mtu`, `:netns` and so on, but not `:up`, which the kernel refuses (`:enotconn`)
  before both ends exist.

      :ok = Link.create_veth(sock, "v0", "v1", up: true, peer: [netns: {:path, "/run/netns/box"}])
  """
  @spec create_veth(target(), String.t(), String.t(), keyword()) :: done()
  def create_veth(sock, name, peer_name, opts \\ []) do
    with :ok <- Options.keyword(opts),
         {peer, opts} = Keyword.pop(opts, :peer, []),
         do: create(sock, name, :veth, [peer: [name: peer_name] ++ peer] ++ opts)
  end

  @doc """
  Creates a VXLAN with the network identifier `id`, 24 bits.
  """
  @spec create_vxlan(target(), String.t(), 0..0xFFFFFF, keyword()) :: done()
  def create_vxlan(sock, name, id, opts \\ []), do: create(sock, name, :vxlan, [id: id] ++ opts)

  @doc """
  Creates a VRF (virtual routing and forwarding) with the routing table `table`.
  """
  @spec create_vrf(target(), String.t(), pos_integer(), keyword()) :: done()
  def create_vrf(sock, name, table, opts \\ []),
    do: create(sock, name, :vrf, [table: table] ++ opts)

  @doc """
  Deletes a link, and the peer of a veth with it.

  The kernel answers `:eopnotsupp` for physical links. Takes the option `:timeout`.
  """
  @spec delete(target(), ref(), keyword()) :: done()
  def delete(sock, name, opts \\ []), do: Change.delete(sock, name, opts)

  # Changing

  @doc """
  Changes a link: any of the options of `Linx.Netlink.Rtnl.Link.Options`, and of its kind.

      :ok = Link.set(sock, "eth0", mtu: 9000, group: 7)
      :ok = Link.set(sock, "br0", ageing_time: 30_000, mcast_snooping: false)
      :ok = Link.set(sock, "eth0", port: [cost: 4, isolated: true])

  `:port` holds the options that the link has as a port of its present master, as documented in
  `Linx.Netlink.Rtnl.LinkInfo.BridgePort` and `Linx.Netlink.Rtnl.LinkInfo.BondPort`.

  With `echo: true` the result is `{:ok, link}`, read after the change; `:timeout` is that of
  `Linx.Netlink.Request`.

  All options go in one request, which the kernel carries out attribute by attribute: when it
  refuses one, those before it may have been changed.
  """
  @spec set(target(), ref(), keyword()) :: done()
  def set(sock, name, opts), do: Change.set(sock, name, opts)

  @doc "Brings a link up. Options are `:timeout` and `:echo`."
  @spec set_up(target(), ref(), keyword()) :: done()
  def set_up(sock, name, opts \\ []), do: Change.set(sock, name, :up, true, opts)

  @doc "Takes a link down. Options are `:timeout` and `:echo`."
  @spec set_down(target(), ref(), keyword()) :: done()
  def set_down(sock, name, opts \\ []), do: Change.set(sock, name, :up, false, opts)

  for {function, option, type, text} <- [
        {:set_name, :name, quote(do: String.t()),
         "Renames a link. The old name is free at once."},
        {:set_address, :address, quote(do: LinkAddress.input()),
         "Sets the link-layer address: a `Linx.MAC`, a `Linx.LinkAddress`, or text that " <>
           "`Linx.LinkAddress.parse/1` reads, of the length of the link's addresses."},
        {:set_txqlen, :txqlen, quote(do: non_neg_integer()),
         "Sets the length of the transmit queue, in packets."},
        {:set_group, :group, quote(do: non_neg_integer()),
         "Sets the group, a number; 0 is the default group."},
        {:set_alias, :alias, quote(do: String.t()),
         "Sets the description, up to 255 bytes; an empty one removes it."},
        {:set_promisc, :promisc, quote(do: boolean()),
         "Switches promiscuous mode, the reception of all packets, on or off."},
        {:set_allmulticast, :allmulticast, quote(do: boolean()),
         "Switches the reception of all multicast on or off."},
        {:set_multicast, :multicast, quote(do: boolean()), "Switches multicast on or off."}
      ] do
    @doc text <> " Options are `:timeout` and `:echo`."
    @spec unquote(function)(target(), ref(), unquote(type), keyword()) :: done()
    def unquote(function)(sock, name, value, opts \\ []),
      do: Change.set(sock, name, unquote(option), value, opts)
  end

  @doc """
  Sets the MTU, the largest packet in bytes; the limits depend on the device. Options are
  `:timeout` and `:echo`.

  Anything but a positive integer is a `FunctionClauseError`.
  """
  @spec set_mtu(target(), ref(), pos_integer(), keyword()) :: done()
  def set_mtu(sock, name, mtu, opts \\ []) when is_integer(mtu) and mtu > 0,
    do: Change.set(sock, name, :mtu, mtu, opts)

  @doc """
  Makes a link a port of a bridge or bond, or a member of a VRF. Options are `:timeout` and
  `:echo`.

  `nil` is a `FunctionClauseError`; see `unset_master/3`.
  """
  @spec set_master(target(), ref(), ref(), keyword()) :: done()
  def set_master(sock, name, master, opts \\ []) when master != nil,
    do: Change.set(sock, name, :master, master, opts)

  @doc """
  Releases a link from its bridge, bond or VRF; a link without a master is no error. Options are
  `:timeout` and `:echo`.
  """
  @spec unset_master(target(), ref(), keyword()) :: done()
  def unset_master(sock, name, opts \\ []), do: Change.set(sock, name, :master, nil, opts)

  @doc """
  Moves a link to another namespace: that of an OS pid, `{:pid, pid}`, `{:path, path}`, or
  `{:fd, descriptor}` of an open namespace file. Options are `:timeout` and `:echo`.

  The link loses its addresses and routes, and its name must be free there. A path that does not
  exist is `{:error, {:open, 2}}`, one that is no network namespace
  `{:error, {:setns, 22}}`.
  """
  @spec move_to_netns(target(), ref(), netns(), keyword()) :: done()
  def move_to_netns(sock, name, netns, opts \\ []),
    do: Change.set(sock, name, :netns, netns, opts)

  @doc """
  Adds an alternative name, of up to 127 bytes; a name in use is `:eexist`. Takes the option
  `:timeout`.
  """
  @spec add_alt_name(target(), ref(), String.t(), keyword()) :: done()
  def add_alt_name(sock, name, alt_name, opts \\ []),
    do: Change.add_alt_name(sock, name, alt_name, opts)

  @doc """
  Deletes an alternative name; a name that the link does not have is `:enoent`. Takes the option
  `:timeout`.
  """
  @spec delete_alt_name(target(), ref(), String.t(), keyword()) :: done()
  def delete_alt_name(sock, name, alt_name, opts \\ []),
    do: Change.delete_alt_name(sock, name, alt_name, opts)

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Link

    def inspect(link, opts) do
      Text.show(link, opts, fn ->
        [
          link.name && Text.quoted(link.name),
          "(#{Text.field(link.index)})",
          if(Link.up?(link), do: "UP", else: "DOWN"),
          Text.part("MTU=", link.mtu),
          Text.part("kind=", Link.kind(link))
        ]
      end)
    end
  end
end

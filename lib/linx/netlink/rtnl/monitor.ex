defmodule Linx.Netlink.Rtnl.Monitor do
  @moduledoc """
  Notifications of rtnetlink, sent to processes as structs.

  Kernel side: `enum rtnetlink_groups` of `include/uapi/linux/rtnetlink.h`.

      {:ok, monitor} = Linx.Netlink.Rtnl.Monitor.subscribe()

      receive do
        {:linx_rtnl, :event, %Event{op: :new_addr, resource: address}} -> address
        {:linx_rtnl, :resync_needed} -> :list_everything_again
      end

      :ok = Linx.Netlink.Rtnl.Monitor.unsubscribe(monitor)

  The kernel does not notify of every change: when a link goes down or disappears, the
  IPv4 routes over it go without a notification, and so do routes over a nexthop
  that is deleted. `Linx.Netlink.Rtnl.View` accounts for that and holds the current
  objects.

  ## Messages

    * `{:linx_rtnl, :event, %Linx.Netlink.Rtnl.Monitor.Event{}}` - a notification,
      in the order of the kernel;
    * `{:linx_rtnl, :resync_needed}` - the kernel dropped notifications because
      the receive buffer was full; the monitor goes on. All notifications older than the
      loss have been sent before. See `resync/2`;
    * `{:linx_rtnl, :snapshot_started}` - with `resync/2`, the events that follow are a snapshot;
    * `{:linx_rtnl, :snapshot_complete}` - with `:snapshot` and `resync/2`, the snapshot has been
      sent, and the events that follow are changes;
    * `{:linx_rtnl, :closed, reason}` - the socket has failed, the monitor ends.

  With the option `tag: term`, that term stands in place of `:linx_rtnl`, so that a process can
  tell its monitors apart.

  ## Options of a subscription

  An event is sent if it satisfies all options of `attach/3`:

    * `:ops` - a list of `t:Linx.Netlink.Rtnl.Monitor.Event.op/0`;
    * `:ifindex` - index of the link that the object belongs to, or is; a multipath route belongs
      to the link of each path;
    * `:family` - `:inet` or `:inet6`; links belong to none;
    * `:filter` - a function of an event.
  """

  use Linx.Netlink.Protocol, subscribe: :attach, unsubscribe: :detach

  import Linx.Netlink.GenServerInit, only: [is_server: 1]

  alias Linx.Netlink.{Message, Monitor}
  alias __MODULE__.{Event, Snapshot}

  # RTNLGRP_* of include/uapi/linux/rtnetlink.h.
  @groups [
    link: 1,
    neigh: 3,
    tc: 4,
    ipv4_ifaddr: 5,
    ipv4_mroute: 6,
    ipv4_route: 7,
    ipv4_rule: 8,
    ipv6_ifaddr: 9,
    ipv6_mroute: 10,
    ipv6_route: 11,
    ipv6_ifinfo: 12,
    ipv6_prefix: 18,
    ipv6_rule: 19,
    nd_useropt: 20,
    phonet_ifaddr: 21,
    phonet_route: 22,
    dcb: 23,
    ipv4_netconf: 24,
    ipv6_netconf: 25,
    mdb: 26,
    mpls_route: 27,
    nsid: 28,
    mpls_netconf: 29,
    ipv4_mroute_r: 30,
    ipv6_mroute_r: 31,
    nexthop: 32,
    brvlan: 33,
    mctp_ifaddr: 34,
    tunnel: 35,
    stats: 36
  ]

  @default [
    :link,
    :neigh,
    :ipv4_ifaddr,
    :ipv4_route,
    :ipv4_rule,
    :ipv6_ifaddr,
    :ipv6_route,
    :ipv6_rule
  ]

  @doc """
  Starts a monitor that is linked to the caller.

  Options:

    * `:owner` - the first subscriber, the caller if not given. The monitor
      ends when it does, with `:normal`. `nil` for none;
    * `:netns` - namespace, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:groups` - the groups to join, by name or number, instead of those of links,
      addresses, routes, neighbours and rules: `RTNLGRP_*` of `linux/rtnetlink.h` in lower case,
      such as `:nexthop` or `:brvlan`;
    * `:optional_groups` - further groups, joined where the kernel has them;
    * `:tag` - first element of the messages, `:linx_rtnl` if not given;
    * `:fdb` - `true` to have the entries of forwarding tables (`AF_BRIDGE`) as `:new_fdb` and
      `:del_fdb` with a `Linx.Netlink.Rtnl.Fdb`. Otherwise they are `:new_neigh` and `:del_neigh`
      with a `Linx.Netlink.Rtnl.Neighbour` of family 7;
    * `:rcvbuf`, `:force_rcvbuf`, `:name` and the other options of `GenServer.start_link/3` -
      as for `Linx.Netlink.Monitor.start_link/1`;
    * `:filter` - a function of an event that returns whether the owner gets it;
    * `:snapshot` - `true` to have the objects that exist sent to the owner first, as `:new_…`
      events, of the resources all of whose groups are joined. No change is missing between the
      snapshot and the events that follow, and none comes twice: for a second, an event that
      equals the snapshot is left out. The snapshot has been sent when this returns.
      Neighbours that need no resolution (`NUD_NOARP`) and the address filters of network cards
      are left out.

  The groups are joined when it returns. If opening or joining fails:
  `{:error, reason}`, the reason of the failing call; `{:unknown_option, key}`,
  `{:bad_option, key, value}`. `:ignore` for an owner that has ended already.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts \\ []) when is_list(opts), do: Monitor.start_link(__MODULE__, opts)

  @doc """
  Starts a monitor whose owner is the first argument; by default the caller.
  """
  @spec subscribe(pid(), keyword()) :: GenServer.on_start()
  def subscribe(owner \\ self(), opts \\ []) when is_pid(owner) and is_list(opts),
    do: start_link([{:owner, owner} | opts])

  @doc """
  Stops the monitor and closes its socket, as `stop/1`.
  """
  @spec unsubscribe(GenServer.server()) :: :ok
  def unsubscribe(monitor) when is_server(monitor), do: stop(monitor)

  @doc """
  Sends a fresh snapshot to a subscriber; by default the caller.

  The subscriber gets `{:linx_rtnl, :snapshot_started}`, a `:new_…` event for each object that
  exists, and `{:linx_rtnl, :snapshot_complete}`, in place among the other events: forget all
  objects at the first, and apply the rest. It is the answer to `{:linx_rtnl, :resync_needed}`.
  The snapshot has been sent when this returns; see `:snapshot` of `start_link/1`. Other
  subscribers get no snapshot.

  Errors: `{:error, :not_subscribed}`, and those of listing the objects, such as
  `:dump_interrupted` and those of `Linx.Netlink.Socket.open/2`; after these there is no
  `:snapshot_complete`.
  """
  @spec resync(GenServer.server(), pid()) :: :ok | {:error, term()}
  def resync(monitor, pid \\ self()) when is_server(monitor) and is_pid(pid),
    do: Monitor.resync(monitor, pid)

  @doc false
  @spec decode_event(Message.t()) :: Event.t()
  def decode_event(%Message{} = message), do: message |> Event.decode() |> Event.general()

  # The protocol

  @doc false
  @impl true
  def number, do: 0

  @doc false
  @impl true
  def groups, do: @groups

  @doc false
  @impl true
  def tag, do: :linx_rtnl

  @doc false
  @impl true
  def options do
    default = for name <- @default, do: @groups[name]

    [
      groups: {{:groups, @groups}, default: default},
      snapshot: {:boolean, default: false},
      fdb: {:boolean, default: false}
    ]
  end

  @doc false
  @impl true
  def filters, do: Event.filters()

  @doc false
  @impl true
  def filter(options), do: Event.filter(options)

  @doc false
  @impl true
  def rows(groups), do: Event.rows(groups)

  @doc false
  @impl true
  def decode(op, object, _flags), do: {:ok, %Event{op: op, resource: object}}

  @doc false
  @impl true
  def decode(message), do: {:ok, Event.decode(message)}

  @doc false
  @impl true
  def event(event, %{fdb: true}), do: event
  def event(event, _options), do: Event.general(event)

  @doc false
  @impl true
  def list(groups, netns), do: groups |> Snapshot.resources() |> Snapshot.list(netns)

  @doc false
  @impl true
  def snapshot(listed, notifications), do: Snapshot.merge(listed, notifications)

  @doc false
  @impl true
  def update(snapshot, event), do: Snapshot.changed(snapshot, event)

  @doc false
  @impl true
  def message(tag, _monitor, {:event, event}), do: {tag, :event, event}
  def message(tag, _monitor, {:overrun, _count}), do: {tag, :resync_needed}
  def message(tag, _monitor, {:closed, reason}), do: {tag, :closed, reason}
  def message(tag, _monitor, report), do: {tag, report}
end

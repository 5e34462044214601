defmodule Linx.Netlink.Rtnl.Monitor do
  @moduledoc """
  What changes in a network namespace, sent to a process as it happens.

  Kernel side: `enum rtnetlink_groups` of `include/uapi/linux/rtnetlink.h`.

      {:ok, monitor} = Linx.Netlink.Rtnl.Monitor.subscribe()

      receive do
        {:linx_rtnl, :event, %Event{op: :new_addr, resource: address}} -> address
        {:linx_rtnl, :resync_needed} -> :list_everything_again
      end

      :ok = Linx.Netlink.Rtnl.Monitor.unsubscribe(monitor)

  The kernel does not tell everything: when a link goes down or disappears, the
  IPv4 routes over it go without a notification, and so do routes over a nexthop
  that is deleted. `Linx.Netlink.Rtnl.View` knows that and keeps a picture that is
  always current.

  ## Messages

    * `{:linx_rtnl, :event, %Linx.Netlink.Rtnl.Monitor.Event{}}` - a notification,
      in the order of the kernel;
    * `{:linx_rtnl, :resync_needed}` - the kernel dropped notifications because
      the receive buffer was full; the monitor goes on. All that is older than the loss
      has been sent before;
    * `{:linx_rtnl, :snapshot_complete}` - with `:snapshot`, what there was has been
      sent, and what follows is news;
    * `{:linx_rtnl, :closed, reason}` - the socket has failed, the monitor ends.
  """

  alias Linx.Netlink.{GenServerInit, Message, Monitor, ProcessOptions}
  alias __MODULE__.{Event, Snapshot}

  # RTNLGRP_LINK, NEIGH, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, IPV6_IFADDR,
  # IPV6_ROUTE, IPV6_RULE.
  @groups [1, 3, 5, 7, 8, 9, 11, 19]

  @options [
             owner: :owner,
             groups: {{:groups, []}, default: @groups},
             filter: :filter,
             snapshot: {:boolean, default: false}
           ] ++ ProcessOptions.listener()

  @doc """
  Starts a monitor that is linked to the caller.

  Options:

    * `:owner` - the process that gets the messages, the caller if not given. The monitor
      ends when it does, with `:normal`. `nil` for none;
    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:groups` - the numbers of the groups to join, instead of those of links,
      addresses, routes, neighbours and rules (nexthops are 32);
    * `:rcvbuf`, `:force_rcvbuf`, `:name` and the other options of `GenServer.start_link/3` -
      as for `Linx.Netlink.Monitor.start_link/1`;
    * `:filter` - a function that says for each event whether the owner wants it;
    * `:snapshot` - `true` to have what there is sent first, as `:new_…` events, of the kinds
      whose groups are joined. There is no gap between it and what follows, and nothing
      comes twice: for a second, a notification that says nothing new is left out. It has
      been sent when this returns.
      Neighbours that need no resolution (`NUD_NOARP`) are not in it.

  The groups are joined when it returns. If opening or joining fails:
  `{:error, reason}`, the reason of the failing call; `{:unknown_option, key}`,
  `{:bad_option, key, value}`. `:ignore` for an owner that has ended already: there is
  nothing to do.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts \\ []) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(@options, opts) do
      first = if options.snapshot, do: first(options)

      options
      |> Map.merge(%{protocol: 0, first: first, format: &__MODULE__.__format__/2})
      |> Monitor.start_checked()
    end
  end

  defp first(options) do
    fn meanwhile ->
      kinds = Snapshot.kinds(options.groups)

      with {:ok, events, known} <- Snapshot.take(kinds, options.netns, meanwhile) do
        told = for event <- events, do: {{:linx_rtnl, :event, event}, event}
        {:ok, told ++ [{{:linx_rtnl, :snapshot_complete}, nil}], {known, &Snapshot.news/2}}
      end
    end
  end

  @doc """
  The same, with the owner as an argument; by default the caller.
  """
  @spec subscribe(pid(), keyword()) :: GenServer.on_start()
  def subscribe(owner \\ self(), opts \\ []) when is_pid(owner) and is_list(opts),
    do: start_link([{:owner, owner} | opts])

  @doc """
  Has a monitor send its events to another process as well; by default the caller.

  Options, all of which an event has to satisfy:

    * `:ops` - a list of `t:Linx.Netlink.Rtnl.Monitor.Event.op/0`;
    * `:ifindex` - the index of the link that the object belongs to, or is; a route with
      several ways belongs to each one's;
    * `:family` - `:inet` or `:inet6`; links belong to none;
    * `:filter` - a function, as for `start_link/1`.

  Returns `{:ok, ref}` for `detach/2`, or `{:error, {:unknown_option, key}}`,
  `{:error, {:bad_option, key, value}}`. A process that ends is forgotten.
  """
  @spec attach(GenServer.server(), pid(), keyword()) ::
          {:ok, reference()} | {:error, ProcessOptions.reason()}
  def attach(monitor, pid \\ self(), opts \\ []) when is_pid(pid) and is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(Event.filters(), opts),
         do: Monitor.subscribe_checked(monitor, pid, Event.filter(options))
  end

  @doc """
  Ends what `attach/3` began.
  """
  @spec detach(GenServer.server(), reference()) :: :ok
  def detach(monitor, ref), do: Monitor.unsubscribe(monitor, ref)

  @doc """
  Stops a monitor and closes its socket.
  """
  @spec stop(GenServer.server()) :: :ok
  def stop(monitor), do: Monitor.stop(monitor)

  @doc """
  The same as `stop/1`.
  """
  @spec unsubscribe(GenServer.server()) :: :ok
  def unsubscribe(monitor), do: stop(monitor)

  @doc """
  How often notifications got lost since the monitor started.
  """
  @spec overruns(GenServer.server()) :: non_neg_integer()
  def overruns(monitor), do: Monitor.overruns(monitor)

  @doc """
  A child of a supervisor: with the monitor's name for an id, if it has one.

  It has no owner unless one is given: processes `attach/3` themselves. It is `:transient`: a
  monitor that has ended with its owner, or because its socket failed, is not started again.
  """
  @spec child_spec(keyword()) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, Keyword.put_new(opts, :owner, nil), :transient)

  @doc false
  @spec decode_event(Message.t()) :: Event.t()
  def decode_event(%Message{} = message), do: Event.decode(message)

  @doc false
  @spec __format__(pid(), Monitor.event()) :: {term(), Event.t() | nil}
  def __format__(_monitor, {:message, message}) do
    event = Event.decode(message)
    {{:linx_rtnl, :event, event}, event}
  end

  def __format__(_monitor, {:overrun, _count}), do: {{:linx_rtnl, :resync_needed}, nil}
  def __format__(_monitor, {:closed, reason}), do: {{:linx_rtnl, :closed, reason}, nil}
end

defmodule Linx.Netlink.Nfnl.Monitor do
  @moduledoc """
  What changes in netfilter, sent to a process as it happens.

  Kernel side: `enum nfnetlink_groups` of `include/uapi/linux/netfilter/nfnetlink.h`.

      {:ok, monitor} = Linx.Netlink.Nfnl.Monitor.start_link(owner: self(), groups: [:nftables])

      receive do
        {:linx_nfnl, :event, %Event{op: :new_rule, resource: rule}} -> rule
        {:linx_nfnl, :resync_needed} -> :list_everything_again
      end

  A transaction of nf_tables is an event for each of its changes, and then `:new_gen`. Of
  connections, the kernel tells only while somebody listens (unless
  `net.netfilter.nf_conntrack_events` says otherwise), and never of those made before.

  ## Messages

    * `{:linx_nfnl, :event, %Linx.Netlink.Nfnl.Event{}}` - a notification, in the order of the
      kernel;
    * `{:linx_nfnl, :resync_needed}` - the kernel dropped notifications because the receive
      buffer was full; the monitor goes on;
    * `{:linx_nfnl, :closed, reason}` - the socket has failed, the monitor ends.
  """

  alias Linx.Netlink.{GenServerInit, Monitor, ProcessOptions}
  alias Linx.Netlink.Nfnl.Event

  @netlink_netfilter 12

  # NFNLGRP_*.
  @groups [
    conntrack_new: 1,
    conntrack_update: 2,
    conntrack_destroy: 3,
    conntrack_exp_new: 4,
    conntrack_exp_update: 5,
    conntrack_exp_destroy: 6,
    nftables: 7,
    acct_quota: 8,
    nftrace: 9
  ]

  @options [
             owner: :owner,
             groups: {{:groups, @groups}, default: [@groups[:nftables]]},
             filter: :filter
           ] ++ ProcessOptions.listener()

  @doc false
  @spec __groups__() :: keyword(pos_integer())
  def __groups__, do: @groups

  @doc """
  Starts a monitor that is linked to the caller.

  Options:

    * `:owner` - the process that gets the messages, the caller if not given. The monitor ends
      when it does, with `:normal`. `nil` for none;
    * `:groups` - what to tell of, by name or number: `:nftables`, `:conntrack_new`,
      `:conntrack_update`, `:conntrack_destroy`, `:nftrace` and others; `[:nftables]` if not
      given;
    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:rcvbuf`, `:force_rcvbuf`, `:name` and the other options of `GenServer.start_link/3` -
      as for `Linx.Netlink.Monitor.start_link/1`;
    * `:filter` - a function that says for each event whether the owner wants it.

  The groups are joined when it returns. If opening or joining fails: `{:error, reason}`, the
  reason of the failing call; `{:unknown_option, key}`, `{:bad_option, key, value}`. `:ignore`
  for an owner that has ended already: there is nothing to do.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts \\ []) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(@options, opts) do
      options
      |> Map.merge(%{protocol: @netlink_netfilter, format: &__MODULE__.__format__/2})
      |> Monitor.start_checked()
    end
  end

  @doc """
  Has a monitor send its events to another process as well; by default the caller.

  Option: `:filter`, as for `start_link/1`. Returns `{:ok, ref}` for `detach/2`, or
  `{:error, {:unknown_option, key}}`, `{:error, {:bad_option, key, value}}`. A process that
  ends is forgotten.
  """
  @spec attach(GenServer.server(), pid(), keyword()) ::
          {:ok, reference()} | {:error, ProcessOptions.reason()}
  def attach(monitor, pid \\ self(), opts \\ []) when is_pid(pid) and is_list(opts),
    do: Monitor.subscribe(monitor, pid, opts)

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
  @spec __format__(pid(), Monitor.event()) :: {term(), Event.t() | nil}
  def __format__(_monitor, {:message, message}) do
    event = Event.decode(message)
    {{:linx_nfnl, :event, event}, event}
  end

  def __format__(_monitor, {:overrun, _count}), do: {{:linx_nfnl, :resync_needed}, nil}
  def __format__(_monitor, {:closed, reason}), do: {{:linx_nfnl, :closed, reason}, nil}
end

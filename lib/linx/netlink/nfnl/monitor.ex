defmodule Linx.Netlink.Nfnl.Monitor do
  @moduledoc """
  Receives notifications of netfilter, as messages to a process.

  Kernel side: `enum nfnetlink_groups` of `include/uapi/linux/netfilter/nfnetlink.h`.

      {:ok, monitor} = Linx.Netlink.Nfnl.Monitor.start_link(owner: self(), groups: [:nftables])

      receive do
        {:linx_nfnl, :event, %Event{op: :new_rule, resource: rule}} -> rule
        {:linx_nfnl, :resync_needed} -> :list_everything_again
      end

  A transaction of nf_tables is one event for each change, and then `:new_gen`. The kernel sends
  events of a connection if a socket had joined a group of connections when it was created
  (`net.netfilter.nf_conntrack_events` at its default, 2), always (1) or never (0).

  ## Messages

    * `{:linx_nfnl, :event, %Linx.Netlink.Nfnl.Event{}}` - a notification, in the kernel's order;
    * `{:linx_nfnl, :resync_needed}` - the kernel dropped notifications because the receive
      buffer was full; the monitor continues;
    * `{:linx_nfnl, :closed, reason}` - the socket failed and the monitor ends.
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

    * `:owner` - the process that receives the messages, by default the caller; `nil` for none. When
      it ends, the monitor ends with `:normal`;
    * `:groups` - multicast groups, by name or number: `:nftables`, `:nftrace`, `:conntrack_new`,
      `:conntrack_update`, `:conntrack_destroy`, `:conntrack_exp_new`, `:conntrack_exp_update`,
      `:conntrack_exp_destroy`, `:acct_quota`; by default `[:nftables]`;
    * `:netns` - network namespace, as for `Linx.Netlink.Socket.open/2`; by default `:host`;
    * `:rcvbuf`, `:force_rcvbuf`, `:name` and the other options of `GenServer.start_link/3` -
      as for `Linx.Netlink.Monitor.start_link/1`;
    * `:filter` - a function of an event; the owner receives the events for which it is true.

  The groups are joined when the function returns. Errors: the reason of the call that failed to
  open the socket or join a group; `{:unknown_option, key}`, `{:bad_option, key, value}`. Returns
  `:ignore` if the owner has ended already.
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
  Adds a process that receives the events of a monitor, by default the caller. It is removed when
  it ends.

  Option: `:filter`, as for `start_link/1`. Returns `{:ok, ref}` for `detach/2`, or
  `{:error, {:unknown_option, key}}`, `{:error, {:bad_option, key, value}}`.
  """
  @spec attach(GenServer.server(), pid(), keyword()) ::
          {:ok, reference()} | {:error, ProcessOptions.reason()}
  def attach(monitor, pid \\ self(), opts \\ []) when is_pid(pid) and is_list(opts),
    do: Monitor.subscribe(monitor, pid, opts)

  @doc """
  Removes a process that `attach/3` added.
  """
  @spec detach(GenServer.server(), reference()) :: :ok
  def detach(monitor, ref), do: Monitor.unsubscribe(monitor, ref)

  @doc """
  Stops a monitor and closes its socket.
  """
  @spec stop(GenServer.server()) :: :ok
  def stop(monitor), do: Monitor.stop(monitor)

  @doc """
  Number of times that the receive buffer overflowed since the monitor started.
  """
  @spec overruns(GenServer.server()) :: non_neg_integer()
  def overruns(monitor), do: Monitor.overruns(monitor)

  @doc """
  Child specification for a supervisor. The id is the monitor's name, or this module.

  Without the option `:owner`, the monitor has no owner: processes call `attach/3`. The child is
  `:transient`: it is not restarted after its owner has ended or its socket has failed.
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

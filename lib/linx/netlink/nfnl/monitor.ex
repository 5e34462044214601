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

  alias Linx.Netlink.Monitor
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

  @options [:owner, :groups, :netns, :rcvbuf, :force_rcvbuf, :name, :filter]

  @doc false
  @spec __groups__() :: keyword(pos_integer())
  def __groups__, do: @groups

  @doc """
  Starts a monitor that is linked to the caller.

  Options:

    * `:owner` - the process that gets the messages, the caller if not given. The monitor ends
      when it does;
    * `:groups` - what to tell of, by name or number: `:nftables`, `:conntrack_new`,
      `:conntrack_update`, `:conntrack_destroy`, `:nftrace` and others; `[:nftables]` if not
      given;
    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:rcvbuf`, `:force_rcvbuf`, `:name` - as for `Linx.Netlink.Monitor.start_link/1`;
    * `:filter` - a function that says for each event whether the owner wants it.

  The groups are joined when it returns. If opening or joining fails: `{:error, reason}`, the
  reason of the failing call; `{:bad_option, :groups, value}` for a name that there is not, and
  `{:unknown_option, key}`.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts \\ []) do
    with :ok <- known(Keyword.keys(opts) -- @options),
         {:ok, groups} <- groups(Keyword.get(opts, :groups, [:nftables])) do
      opts
      |> Keyword.put(:groups, groups)
      |> Keyword.put_new(:owner, self())
      |> Keyword.merge(protocol: @netlink_netfilter, format: &__MODULE__.__format__/2)
      |> Monitor.start_link()
    end
  end

  defp known([]), do: :ok
  defp known([key | _]), do: {:error, {:unknown_option, key}}

  defp groups(names) when is_list(names) do
    numbers = for name <- names, do: if(is_integer(name), do: name, else: @groups[name])

    if Enum.all?(numbers, &(is_integer(&1) and &1 > 0)),
      do: {:ok, numbers},
      else: {:error, {:bad_option, :groups, names}}
  end

  defp groups(bad), do: {:error, {:bad_option, :groups, bad}}

  @doc """
  Has a monitor send its events to another process as well; by default the caller.

  Option: `:filter`, as for `start_link/1`. Returns `{:ok, ref}` for `detach/2`. A process that
  ends is forgotten.
  """
  @spec attach(GenServer.server(), pid(), keyword()) :: {:ok, reference()}
  def attach(monitor, pid \\ self(), opts \\ []), do: Monitor.subscribe(monitor, pid, opts)

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
  A child of a supervisor, as for any `GenServer`.
  """
  @spec child_spec(keyword()) :: Supervisor.child_spec()
  def child_spec(opts), do: %{id: __MODULE__, start: {__MODULE__, :start_link, [opts]}}

  @doc false
  @spec __format__(pid(), Monitor.event()) :: {term(), Event.t() | nil}
  def __format__(_monitor, {:message, message}) do
    event = Event.decode(message)
    {{:linx_nfnl, :event, event}, event}
  end

  def __format__(_monitor, {:overrun, _count}), do: {{:linx_nfnl, :resync_needed}, nil}
  def __format__(_monitor, {:closed, reason}), do: {{:linx_nfnl, :closed, reason}, nil}
end

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

  With the option `tag: term`, that term stands in the place of `:linx_nfnl`: a process can tell its
  monitors apart.
  """

  use Linx.Netlink.Protocol, subscribe: :attach, unsubscribe: :detach

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

  @doc """
  Starts a monitor that is linked to the caller.

  Options:

    * `:owner` - the process that receives the messages, by default the caller; `nil` for none. When
      it ends, the monitor ends with `:normal`;
    * `:groups` - multicast groups, by name or number: `:nftables`, `:nftrace`, `:conntrack_new`,
      `:conntrack_update`, `:conntrack_destroy`, `:conntrack_exp_new`, `:conntrack_exp_update`,
      `:conntrack_exp_destroy`, `:acct_quota`; by default `[:nftables]`;
    * `:tag` - first element of the messages; by default `:linx_nfnl`;
    * `:netns` - network namespace, as for `Linx.Netlink.Socket.open/2`; by default `:host`;
    * `:rcvbuf`, `:force_rcvbuf`, `:name` and the other options of `GenServer.start_link/3` -
      as for `Linx.Netlink.Monitor.start_link/1`;
    * `:filter` - a function of an event; the owner receives the events for which it is true.

  The groups are joined when the function returns. Errors: the reason of the call that failed to
  open the socket or join a group; `{:unknown_option, key}`, `{:bad_option, key, value}`. Returns
  `:ignore` if the owner has ended already.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts \\ []) when is_list(opts), do: Monitor.start_link(__MODULE__, opts)

  # The protocol

  @doc false
  @impl true
  def number, do: @netlink_netfilter

  @doc false
  @impl true
  def groups, do: @groups

  @doc false
  @impl true
  def tag, do: :linx_nfnl

  @doc false
  @impl true
  def options, do: [groups: {{:groups, @groups}, default: [@groups[:nftables]]}]

  @doc false
  @impl true
  def rows(_groups), do: Event.rows()

  @doc false
  @impl true
  def decode(type, object, flags), do: {:ok, Event.of(type, flags, object)}

  @doc false
  @impl true
  def decode(message), do: {:ok, Event.decode(message)}

  @doc false
  @impl true
  def message(tag, _monitor, {:event, event}), do: {tag, :event, event}
  def message(tag, _monitor, {:overrun, _count}), do: {tag, :resync_needed}
  def message(tag, _monitor, {:closed, reason}), do: {tag, :closed, reason}
end

defmodule Linx.Netlink.Monitor do
  @moduledoc """
  Notifications of a netlink protocol, sent to processes as they arrive.

  Kernel side: multicast groups, `netlink(7)`; for rtnetlink
  `enum rtnetlink_groups` of `include/uapi/linux/rtnetlink.h`.

      # NETLINK_NETFILTER, NFNLGRP_NFTABLES: every change of the ruleset.
      {:ok, monitor} = Linx.Netlink.Monitor.start_link(protocol: 12, groups: [7])

      receive do
        {:linx_netlink, ^monitor, {:message, %Linx.Netlink.Message{} = message}} -> message
        {:linx_netlink, ^monitor, {:overrun, _count}} -> :list_everything_again
      end

  With a module of the behaviour `Linx.Netlink.Protocol` for `:protocol`, notifications are
  decoded, and groups have names. `Linx.Netlink.Rtnl.Monitor` and `Linx.Netlink.Nfnl.Monitor` are
  such modules.

  The process sleeps until a notification arrives. When the receive buffer overflows and the
  kernel drops notifications, the monitor reports that and goes on: list the objects again.

  ## Messages

  A subscriber of a protocol given by its number gets `{:linx_netlink, monitor, event}`, with the
  option `:tag` in place of `:linx_netlink`:

    * `{:message, message}` - a notification, undecoded;
    * `{:overrun, count}` - the kernel dropped notifications, for the `count`th time since the
      start. All notifications older than the loss have been sent before;
    * `{:closed, reason}` - the socket has failed and the monitor ends.
  """

  import Linx.Netlink.GenServerInit, only: [is_server: 1]

  alias Linx.Netlink.{GenServerInit, Message, Options, ProcessOptions}
  alias __MODULE__.Server

  @typedoc "Whether a subscriber gets an event; of an undecoded protocol, a message."
  @type filter :: (term() -> boolean())

  @type event :: {:message, Message.t()} | {:overrun, pos_integer()} | {:closed, term()}

  @typedoc "Why there is no subscription."
  @type subscribe_error :: {:unknown_option, term()} | {:bad_option, atom(), term()}

  @doc """
  Starts a monitor that is linked to the caller.

  Options:

    * `:protocol` - number of the netlink protocol, 0 (rtnetlink) if not given, or a module of
      the behaviour `Linx.Netlink.Protocol`;
    * `:groups` - the groups to join, a list of numbers, or names that the protocol's module has;
      required, unless that module has a default;
    * `:optional_groups` - further groups, joined where the kernel has them;
    * `:netns` - namespace, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:owner` - the first subscriber, the caller if not given; the monitor ends
      when it does, with `:normal`. `nil` for none;
    * `:filter` - filter of the owner, as for `subscribe/3`;
    * `:tag` - first element of the messages, any term; by default that of the protocol;
    * `:rcvbuf` - the receive buffer in bytes, 4 MiB if not given; the kernel caps
      it at twice `net.core.rmem_max`, unless `:force_rcvbuf` is `true`, which needs
      `CAP_NET_ADMIN`;
    * `:name` and the other options of `GenServer.start_link/3`;
    * the options of the protocol's module.

  The groups are joined when it returns, so that no later change is missed. If
  opening or joining fails: `{:error, reason}`, the reason of the failing call;
  `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, :groups}`.
  `:ignore` for an owner that has ended already.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts) when is_list(opts) do
    with {:ok, protocol, opts} <- Server.protocol(opts), do: start_link(protocol, opts)
  end

  @doc false
  # Monitor of a protocol's module, without the option `:protocol`.
  @spec start_link(module(), keyword()) :: GenServer.on_start()
  def start_link(protocol, opts) do
    with {:ok, options} <- ProcessOptions.check(Server.options(protocol), opts) do
      options = Map.put_new(options, :owner, self())
      server = ProcessOptions.for_server(options)

      Server
      |> GenServer.start_link({protocol, options}, server)
      |> GenServerInit.unwrap_start()
    end
  end

  @doc """
  Child specification for a supervisor. Its id is the option `:name`, if there is one.

  The monitor has no owner unless one is given: processes `subscribe/3`. It is `:transient`: a
  monitor that has ended with its owner, or because its socket failed, is not started again.
  """
  @spec child_spec(keyword()) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts), do: child_spec(__MODULE__, opts)

  @doc false
  # Child specification of another module's monitor.
  @spec child_spec(module(), keyword()) :: Supervisor.child_spec()
  # Of an option that is given twice the first counts.
  def child_spec(module, opts), do: GenServerInit.child_spec(module, with_owner(opts), :transient)

  defp with_owner(opts) do
    case Options.keyword(opts) do
      :ok -> Keyword.put_new(opts, :owner, nil)
      {:error, _reason} -> opts
    end
  end

  @doc """
  Adds a subscriber; by default the caller.

  Options: `:filter`, a function of a notification that returns whether the subscriber gets it.
  It runs in the monitor and should be quick; if it raises, the notification is sent. `nil` for
  none. The protocol's module may have further ones.

  Returns `{:ok, ref}` for `unsubscribe/2`, or `{:error, {:unknown_option, key}}`,
  `{:error, {:bad_option, key, value}}`. The subscription ends with the process.
  """
  @spec subscribe(GenServer.server(), pid(), keyword()) ::
          {:ok, reference()} | {:error, subscribe_error()}
  def subscribe(monitor, pid \\ self(), opts \\ [])
      when is_server(monitor) and is_pid(pid) and is_list(opts),
      do: GenServer.call(monitor, {:subscribe, pid, opts})

  @doc """
  Removes a subscriber. Messages that it was sent before may still be in its mailbox.
  """
  @spec unsubscribe(GenServer.server(), reference()) :: :ok
  def unsubscribe(monitor, ref) when is_server(monitor) and is_reference(ref),
    do: GenServer.call(monitor, {:unsubscribe, ref})

  @doc false
  # A fresh snapshot for a subscriber, of a protocol that has snapshots.
  @spec resync(GenServer.server(), pid()) :: :ok | {:error, term()}
  def resync(monitor, pid), do: GenServer.call(monitor, {:resync, pid}, :infinity)

  @doc """
  How often the kernel has dropped notifications since the monitor started.
  """
  @spec overruns(GenServer.server()) :: non_neg_integer()
  def overruns(monitor) when is_server(monitor), do: GenServer.call(monitor, :overruns)

  @doc """
  Stops the monitor and closes its socket.
  """
  @spec stop(GenServer.server()) :: :ok
  def stop(monitor) when is_server(monitor), do: GenServer.stop(monitor)
end

defmodule Linx.Netlink.Rtnl.Reconcile.Loop do
  @moduledoc """
  A process that keeps a network namespace in a desired state.

  Kernel side: `include/uapi/linux/rtnetlink.h`; see `Linx.Netlink.Rtnl.Reconcile`.

      children = [
        {Linx.Netlink.Rtnl.Reconcile.Loop,
         name: MyApp.Network,
         netns: {:path, "/run/netns/box"},
         desired: %{links: [{"br0", :bridge, up: true}]}}
      ]

      Loop.update(MyApp.Network, %{links: [{"br0", :bridge, up: true, mtu: 1400}]})
      Loop.status(MyApp.Network).converged?

  It makes a pass (`Linx.Netlink.Rtnl.Reconcile.reconcile/4`) when it starts, with another
  desired state, after changes in the namespace, at an interval, and again after one that failed.
  Each pass has the `last_applied` of the one before.

  Stopping a loop changes nothing in the namespace. The desired state `%{}` removes the objects that
  it has created.

  ## Schedule

    * After an event a loop waits until nothing has changed for `:debounce`, but no longer than
      ten times that. Changes that the kernel does not notify (see `Linx.Netlink.Rtnl.Monitor`) are
      found at the next interval, or at once by a `Linx.Netlink.Rtnl.View`.
    * After a failed pass it waits, twice as long each time. Changes of the pass itself
      do not count as events; other events bring the next pass forward, to a second
      after the last.
    * Where each pass finds differences, another program keeps undoing its changes: the loop then
      waits longer after each event, too.

  ## Logging

  Failures and conflicts with other owners are logged as warnings, each once until a pass has none,
  which is logged as information. A conflict is no failure: it does not cause another pass.

  ## State

  The keys of its own links, VLANs, addresses, neighbours, forwarding entries and traffic control,
  `last_applied`, are in the memory of the process alone: a new process leaves these objects alone when
  they are no longer desired. To keep them, store `last_applied` of the report in `:on_pass`, or of `status/1`, and pass
  it to `start_link/1`.
  """

  alias Linx.Netlink.{Connection, GenServerInit, ProcessOptions, Socket}
  alias Linx.Netlink.Rtnl.Reconcile
  alias Linx.Netlink.Rtnl.Reconcile.Report
  alias __MODULE__.Server

  @typedoc """
  The desired state, or a function that returns it, called when a pass begins; with
  `{:error, reason}` the pass has failed.
  """
  @type desired :: Reconcile.desired() | (() -> Reconcile.desired() | {:error, term()})

  @typedoc "The cause of a pass."
  @type cause :: :start | :event | :interval | :retry | :update | :asked

  @type result :: {:ok, Report.t()} | {:error, Reconcile.error() | term()}

  @type option ::
          {:desired, desired()}
          | {:netns, Socket.netns()}
          | {:connection, Connection.handle() | Socket.t()}
          | {:wake, boolean() | {:view, GenServer.server()}}
          | {:interval, timeout()}
          | {:debounce, non_neg_integer()}
          | {:backoff, {pos_integer(), pos_integer()}}
          | {:last_applied, Reconcile.last_applied()}
          | {:on_pass, (map(), map() -> term())}
          | Reconcile.option()
          | GenServer.option()

  @typedoc """
  Whether the last pass converged, its result, the number of passes and of failures since the last
  success, the keys of its own objects, and the milliseconds until the next pass.
  """
  @type status :: %{
          converged?: boolean(),
          result: result() | nil,
          passes: non_neg_integer(),
          failures: non_neg_integer(),
          last_applied: Reconcile.last_applied(),
          next: non_neg_integer() | nil
        }

  @doc """
  Starts a loop that is linked to the caller. The first pass is made after this returns.

  Options:

    * `:desired` - required;
    * `:netns` - the network namespace, as for `Linx.Netlink.Socket.open/2`; `:host` if not given.
      The loop opens a connection of its own. Or
    * `:connection` - a `Linx.Netlink.Connection` or a socket to use;
    * `:wake` - whether events cause passes: `true`, which is the default, by a monitor of its
      own, for every resource that can be desired; `{:view, view}` by a `Linx.Netlink.Rtnl.View` of
      that namespace; or `false`;
    * `:interval` - milliseconds from one pass to the next without a cause, 60,000 if not
      given, or `:infinity`;
    * `:debounce` - milliseconds, 100 if not given;
    * `:backoff` - `{first, longest}` pause after a failure in milliseconds, `{500, 60_000}`
      if not given;
    * `:last_applied` - of the report of an earlier loop;
    * `:on_pass` - a function that is called after each pass, as a telemetry handler is, with
      measurements `%{duration: native_time, applied: n, failed: n, pending: n}` and metadata
      `%{loop: pid, cause: cause, result: result}`. It runs in the loop, which logs its exception
      and goes on;
    * `:protocol`, `:takeover`, `:on_error`, `:dry_run` - as for
      `Linx.Netlink.Rtnl.Reconcile.reconcile/4`; `:on_error` is `:continue` if not given;
    * `:name` and the other options of `GenServer.start_link/3`.

  Changing anything takes `CAP_NET_ADMIN`, entering another namespace `CAP_SYS_ADMIN`.

  Errors: `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, :desired}`,
  `{:normalize, reason}` as of `Linx.Netlink.Rtnl.Reconcile.reconcile/4` for a desired state that
  is invalid whatever links exist, and those of `Linx.Netlink.Connection.start_link/1`
  and `Linx.Netlink.Rtnl.Monitor.start_link/1`.
  """
  @spec start_link([option()]) :: GenServer.on_start()
  def start_link(opts) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(options(), opts),
         :ok <- check_desired(options.desired, options),
         server = ProcessOptions.for_server(options),
         do: Server |> GenServer.start_link(options, server) |> GenServerInit.unwrap_start()
  end

  @doc """
  Specification of a child of a supervisor; its id is the loop's name, if it has one.
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, opts, :permanent)

  @doc """
  Sets another desired state of a loop. Returns at once; a pass follows.

  With `{:error, {:normalize, reason}}`, as of `start_link/1`, the loop keeps the desired state that
  it has. The result of a function is checked in the pass.
  """
  @spec update(GenServer.server(), desired()) :: :ok | {:error, {:normalize, term()}}
  def update(loop, desired) when is_map(desired) or is_function(desired, 0) do
    with :ok <- check_desired(desired, %{}),
         do: GenServer.call(loop, {:update, desired}, :infinity)
  end

  @doc """
  Makes a pass at once, and returns its result.
  """
  @spec run(GenServer.server(), timeout()) :: result()
  def run(loop, timeout \\ :infinity), do: GenServer.call(loop, :run, timeout)

  @doc """
  Status of a loop; the call waits for a pass in progress.
  """
  @spec status(GenServer.server()) :: status()
  def status(loop), do: GenServer.call(loop, :status, :infinity)

  @doc """
  Stops a loop. The namespace stays as it is.
  """
  @spec stop(GenServer.server(), term(), timeout()) :: :ok
  def stop(loop, reason \\ :normal, timeout \\ :infinity),
    do: GenServer.stop(loop, reason, timeout)

  # Options

  # Options of a pass.
  @pass_options [:protocol, :takeover, :on_error, :dry_run]

  defp options do
    [
      desired: {{:where, &desired?/1}, required: true},
      netns: {:netns, default: :host},
      connection: {{:where, fn _ -> true end}, default: nil},
      wake: {{:either, [:boolean, {:where, &match?({:view, _}, &1)}]}, default: true},
      interval: {{:either, [1..0xFFFFFFFF, {:one_of, [:infinity]}]}, default: 60_000},
      debounce: {0..0xFFFFFFFF, default: 100},
      backoff: {{:where, &pauses?/1}, default: {500, 60_000}},
      last_applied: {{:where, &Reconcile.last_applied?/1}, default: %{}},
      on_pass: {{:where, &(&1 == nil or is_function(&1, 2))}, default: nil},
      # A number or a name, which the pass checks.
      protocol: {:either, [1..255, {:where, &is_atom/1}]},
      takeover: {:boolean, default: false},
      on_error: {{:one_of, [:stop, :continue]}, default: :continue},
      dry_run: {:boolean, default: false}
    ] ++ ProcessOptions.server()
  end

  defp desired?(value),
    do: (is_map(value) and not is_struct(value)) or is_function(value, 0)

  defp pauses?({first, longest}),
    do: is_integer(first) and is_integer(longest) and first > 0 and longest >= first

  defp pauses?(_value), do: false

  # The result of a function is checked in the pass.
  defp check_desired(desired, options) do
    desired = if is_map(desired), do: desired, else: %{}
    Reconcile.check(desired, pass_options(options))
  end

  @doc false
  # The options of `Linx.Netlink.Rtnl.Reconcile.reconcile/4` among those of a loop.
  @spec pass_options(map()) :: keyword()
  def pass_options(options), do: options |> Map.take(@pass_options) |> Map.to_list()
end

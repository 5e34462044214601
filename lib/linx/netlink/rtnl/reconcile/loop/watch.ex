defmodule Linx.Netlink.Rtnl.Reconcile.Loop.Watch do
  @moduledoc false
  # Source of a loop's events: a monitor of its own, a view, or none.
  #
  # A loop needs to know that there were events, not which. Of a monitor's only the first
  # since `unmute/1` is sent; the others are counted where they arrive.

  alias Linx.Netlink.Rtnl.{Monitor, View}
  alias Linx.Netlink.Rtnl.Reconcile.Desired

  # Events since the last `unmute/1`; the first one makes it 1.
  @enforce_keys [:wake, :events]
  defstruct [:wake, :events, :source, :ref]

  @type t :: %__MODULE__{
          wake: :none | :monitor | {:view, GenServer.server()},
          events: :atomics.atomics_ref(),
          source: pid() | nil,
          ref: reference() | nil
        }

  @spec new(boolean() | {:view, GenServer.server()}) :: t()
  def new(wake) do
    wake =
      case wake do
        true -> :monitor
        false -> :none
        {:view, view} -> {:view, view}
      end

    %__MODULE__{wake: wake, events: :atomics.new(1, signed: false)}
  end

  @doc """
  Subscribes the calling process, if it is not yet.
  """
  @spec start(t(), Linx.Netlink.Socket.netns()) :: {:ok, t()} | {:error, term()}
  def start(%{wake: :none} = watch, _netns), do: {:ok, watch}
  def start(%{source: source} = watch, _netns) when source != nil, do: {:ok, watch}

  def start(%{wake: :monitor, events: events} = watch, netns) do
    first? = fn _event -> :atomics.add_get(events, 1, 1) == 1 end

    opts = [owner: self(), netns: netns, filter: first?] ++ Desired.groups()

    with {:ok, pid} <- Monitor.start_link(opts),
         do: {:ok, %{watch | source: pid}}
  end

  def start(%{wake: {:view, view}} = watch, _netns) do
    with pid when is_pid(pid) <- GenServer.whereis(view),
         {:ok, ref} <- View.subscribe(pid) do
      Process.monitor(pid)
      {:ok, %{watch | source: pid, ref: ref}}
    else
      _ -> {:error, {:view, :noproc}}
    end
  catch
    :exit, _ -> {:error, {:view, :noproc}}
  end

  @spec stop(t()) :: :ok
  def stop(%{wake: :monitor, source: pid}) when pid != nil do
    Monitor.stop(pid)
  catch
    :exit, _ -> :ok
  end

  def stop(_watch), do: :ok

  @doc """
  Sends no event until `unmute/1`.
  """
  @spec mute(t()) :: :ok
  def mute(%{events: events}), do: :atomics.put(events, 1, 1)

  @doc """
  Sends the next event. Returns whether there were any meanwhile.
  """
  @spec unmute(t()) :: boolean()
  def unmute(%{events: events}), do: :atomics.exchange(events, 1, 0) > 1

  @doc """
  A number that changes with every event.
  """
  @spec count(t()) :: non_neg_integer()
  def count(%{events: events}), do: :atomics.get(events, 1)

  @doc """
  Whether a message to the loop means that the namespace may have changed.
  """
  @spec event(t(), term()) :: {:event | :none, t()}
  def event(watch, {:linx_rtnl, :event, _event}), do: {:event, watch}
  def event(watch, {:linx_rtnl, :resync_needed}), do: {:event, watch}
  # The end of the monitor: its exit signal counts.
  def event(watch, {:linx_rtnl, :closed, _reason}), do: {:none, watch}

  def event(%{ref: ref} = watch, {:linx_view, ref, _change}) do
    if :atomics.add_get(watch.events, 1, 1) == 1, do: {:event, watch}, else: {:none, watch}
  end

  # Events after its end have been missed.
  def event(%{source: pid} = watch, {:EXIT, pid, _reason}),
    do: {:event, %{watch | source: nil}}

  def event(%{source: pid} = watch, {:DOWN, _ref, :process, pid, _reason}),
    do: {:event, %{watch | source: nil, ref: nil}}

  def event(watch, _message), do: {:none, watch}
end

defmodule Linx.Netlink.Permit do
  @moduledoc false
  # Permits for native calls that may have to wait in the kernel
  # (`native/linx_nif/src/permit.rs`). All of the library's calls together hold at most half of the
  # VM's dirty I/O schedulers; a call beyond that waits here for its turn, without holding any.

  alias Linx.Netlink.Native

  @typedoc "A point of `System.monotonic_time/1` in milliseconds."
  @type deadline :: integer() | :infinity

  # The longest wait that `receive` takes at once.
  @longest 0xFFFFFFFF

  @doc """
  Calls `call` with a ticket until it has its permit, and returns its result; `:timeout` when
  the deadline passes before.
  """
  @spec run(deadline(), (ticket :: non_neg_integer() -> result)) :: result | :timeout
        when result: term()
  def run(deadline \\ :infinity, call), do: run(deadline, call, 0)

  defp run(deadline, call, ticket) do
    case call.(ticket) do
      {:permit, ticket} ->
        if wait(ticket, deadline), do: run(deadline, call, ticket), else: :timeout

      result ->
        result
    end
  end

  defp wait(ticket, deadline) do
    receive do
      {:linx_netlink, ^ticket} -> true
    after
      left(deadline) ->
        if left(deadline) == 0 do
          :ok = Native.cancel_permit(ticket)
          flush(ticket)
          false
        else
          wait(ticket, deadline)
        end
    end
  end

  @doc """
  Removes the messages that were sent to wake the caller with this number.
  """
  @spec flush(non_neg_integer()) :: :ok
  def flush(number) do
    receive do
      {:linx_netlink, ^number} -> flush(number)
    after
      0 -> :ok
    end
  end

  @doc """
  The deadline after so many milliseconds.
  """
  @spec deadline(timeout()) :: deadline()
  def deadline(:infinity), do: :infinity
  def deadline(ms), do: System.monotonic_time(:millisecond) + ms

  @doc """
  How long is left, in milliseconds; no longer than `receive` can wait.
  """
  @spec left(deadline()) :: timeout()
  def left(:infinity), do: :infinity

  def left(deadline),
    do: (deadline - System.monotonic_time(:millisecond)) |> max(0) |> min(@longest)
end

defmodule Linx.Netlink.Permit do
  @moduledoc false
  # Permits for native calls that may block in the kernel (`native/linx_nif/src/permit.rs`). All
  # calls of the library together occupy at most half of the VM's dirty I/O schedulers; a call
  # beyond that waits here in a queue, without a scheduler.

  alias Linx.Netlink.Native

  @typedoc "A time of `System.monotonic_time/1`, in milliseconds."
  @type deadline :: integer() | :infinity

  # Longest `receive … after` of the VM, in milliseconds.
  @longest 0xFFFFFFFF

  @doc """
  Calls `call` with a ticket until it has a permit, and returns its result; `:timeout` if the
  deadline passes before.
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
  Removes the wake-up messages for a ticket or token from the mailbox.
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
  The deadline that is so many milliseconds from now.
  """
  @spec deadline(timeout()) :: deadline()
  def deadline(:infinity), do: :infinity
  def deadline(ms), do: System.monotonic_time(:millisecond) + ms

  @doc """
  Milliseconds until a deadline, at most as many as `receive` can wait.
  """
  @spec left(deadline()) :: timeout()
  def left(:infinity), do: :infinity

  def left(deadline),
    do: (deadline - System.monotonic_time(:millisecond)) |> max(0) |> min(@longest)
end

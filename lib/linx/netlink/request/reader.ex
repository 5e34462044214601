defmodule Linx.Netlink.Request.Reader do
  @moduledoc false
  # A process that receives a reply in slices, while its owner decodes the slices before: on two cores
  # that takes as long as the longer of both.
  #
  # The reader sends each slice to its owner, and waits where `@ahead` of them have not been taken yet.
  # It ends with the reply, with `close/1` and with its owner; its request ends with it.

  alias Linx.Netlink.Request.{Call, Failure, InFlight}

  # Slices that may be waiting for the owner.
  @ahead 3

  @enforce_keys [:pid, :monitor, :alias]
  defstruct @enforce_keys

  @type t :: %__MODULE__{pid: pid(), monitor: reference(), alias: reference()}

  @doc """
  Starts to send a request, and to read its reply in slices of so many bytes.
  """
  @spec open(Call.t(), pos_integer()) :: t()
  def open(call, slice) do
    # Messages to an alias that is not active any more are dropped.
    {owner, alias} = {self(), :erlang.alias()}
    {pid, monitor} = spawn_monitor(fn -> read(call, slice, owner, alias) end)
    %__MODULE__{pid: pid, monitor: monitor, alias: alias}
  end

  @doc """
  The next slice, or the last one; or why the reply has ended otherwise, `:interrupted` included. The
  reader has ended then.
  """
  @spec next(t()) :: {:slice | :last, binary()} | :interrupted | {:error, term()}
  def next(%__MODULE__{} = reader) do
    case receive_from(reader) do
      {:slice, bytes} ->
        send(reader.pid, {reader.alias, :taken})
        {:slice, bytes}

      {:ended, result} ->
        ended(reader, result)
    end
  end

  @doc """
  Ends the reader, and its request as soon as the reader is not in the kernel any more.
  """
  @spec close(t()) :: :ok
  def close(%__MODULE__{} = reader) do
    Process.exit(reader.pid, :kill)
    ended(reader, :ok)
  end

  defp receive_from(%{alias: alias, monitor: monitor}) do
    receive do
      {^alias, message} -> message
      {:DOWN, ^monitor, _, _, reason} -> {:ended, {:error, {:recv, reason}}}
    end
  end

  defp ended(%{alias: alias, monitor: monitor}, result) do
    Process.demonitor(monitor, [:flush])
    :erlang.unalias(alias)
    flush(alias)
    result
  end

  defp flush(alias) do
    receive do
      {^alias, _message} -> flush(alias)
    after
      0 -> :ok
    end
  end

  # The reader's process

  defp read(call, slice, owner, alias) do
    reader = self()
    # A reader that waits in the kernel, or for a wake-up, does not see its owner's end.
    spawn(fn -> end_with(owner, reader) end)

    case Call.open(call, slice) do
      {:ok, {call, request}} -> pass_on(call, request, alias, @ahead)
      {:error, reason} -> send(alias, {alias, {:ended, {:error, reason}}})
    end
  end

  defp end_with(owner, reader) do
    owner_ref = Process.monitor(owner)
    reader_ref = Process.monitor(reader)

    receive do
      {:DOWN, ^reader_ref, _, _, _} -> :ok
      {:DOWN, ^owner_ref, _, _, _} -> Process.exit(reader, :kill)
    end
  end

  defp pass_on(call, request, alias, 0) do
    receive do: ({^alias, :taken} -> pass_on(call, request, alias, 1))
  end

  defp pass_on(call, request, alias, ahead) do
    if InFlight.pending?(request) do
      left = ahead - pass_slice(InFlight.take(request), alias)
      pass_on(call, InFlight.step(request), alias, left)
    else
      send(alias, {alias, {:ended, result(request.answer, call)}})
    end
  end

  # Nothing has arrived yet where the reply had to be waited for.
  defp pass_slice(<<>>, _alias), do: 0

  defp pass_slice(bytes, alias) do
    send(alias, {alias, {:slice, bytes}})
    1
  end

  defp result({:ok, bytes, _count}, _call), do: {:last, bytes}
  defp result(:interrupted, _call), do: :interrupted
  defp result(failure, call), do: {:error, Failure.reason(failure, Call.body(call))}
end

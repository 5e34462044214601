defmodule Linx.Netlink.TermRegistry do
  @moduledoc false
  # Terms that processes publish and that any process reads by the publisher's pid, without a
  # message: persistent terms, erased when the publisher ends.
  #
  # An eraser process outlives the publisher and erases its term. The eraser is started before the
  # first term is published, and the publisher monitors it: a publisher that is killed at any
  # moment leaves no term, and an eraser that is killed is replaced.

  # Milliseconds until a failed start of an eraser is tried again.
  @pause 1000

  @doc """
  Starts the eraser of the term that the calling process publishes under `tag`. Comes before
  `put/2`.

  The reference is an argument of `restart_eraser/3`. `{:error, :system_limit}`: the VM's table
  of processes is full.
  """
  @spec register(module()) :: {:ok, reference()} | {:error, :system_limit}
  def register(tag) do
    owner = self()
    {_pid, ref} = spawn_monitor(fn -> erase_after(tag, owner) end)
    {:ok, ref}
  rescue
    SystemLimitError -> {:error, :system_limit}
  end

  defp erase_after(tag, owner) do
    ref = Process.monitor(owner)
    receive do: ({:DOWN, ^ref, :process, _, _} -> :persistent_term.erase(key(tag, owner)))
  end

  @doc """
  Replaces the eraser `ref` if `message` reports its end: `{:ok, ref}` with a new reference.
  `:none` for any other message.

  While no process can be started, the new reference is that of a timer.
  """
  @spec restart_eraser(module(), reference(), term()) :: {:ok, reference()} | :none
  def restart_eraser(tag, ref, {:DOWN, ref, :process, _pid, _reason}),
    do: {:ok, register_or_wait(tag)}

  def restart_eraser(tag, ref, {:timeout, ref, :register}), do: {:ok, register_or_wait(tag)}
  def restart_eraser(_tag, _ref, _message), do: :none

  defp register_or_wait(tag) do
    case register(tag) do
      {:ok, ref} -> ref
      {:error, :system_limit} -> :erlang.start_timer(@pause, self(), :register)
    end
  end

  @doc """
  Publishes a term of the calling process; replaces its earlier one.
  """
  @spec put(module(), term()) :: :ok
  def put(tag, term), do: :persistent_term.put(key(tag, self()), {:ok, term})

  @doc """
  Term that a process has published; `:error` if there is none, or the process has ended.
  """
  @spec lookup(module(), pid()) :: {:ok, term()} | :error
  def lookup(tag, pid) do
    # The term outlives its publisher until the eraser has run.
    with {:ok, _term} = found <- :persistent_term.get(key(tag, pid), :error),
         true <- Process.alive?(pid) do
      found
    else
      _ -> :error
    end
  end

  defp key(tag, pid), do: {tag, pid}
end

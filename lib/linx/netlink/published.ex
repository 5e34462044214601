defmodule Linx.Netlink.Published do
  @moduledoc false
  # Terms that processes publish, for any process to find by their pid without a message:
  # persistent terms that go with their owner.
  #
  # A process that outlives the owner erases them. It is there before anything is published,
  # and the owner monitors it: an owner that is killed leaves nothing, at whatever moment, and
  # one whose eraser is killed starts another.

  # How long an owner waits before it tries again to start an eraser.
  @pause 1000

  @doc """
  Has what the calling process publishes under `tag` erased when it ends. To be called
  before `put/2`.

  The reference is for `revive/3`. `{:error, :system_limit}` when the VM has no room for
  another process.
  """
  @spec claim(module()) :: {:ok, reference()} | {:error, :system_limit}
  def claim(tag) do
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
  Looks at a message to the owner: a new reference if it was the end of the eraser `ref`,
  which has been replaced, else `:none`. Until a process can be started, the reference is
  that of a timer.
  """
  @spec revive(module(), reference(), term()) :: {:ok, reference()} | :none
  def revive(tag, ref, {:DOWN, ref, :process, _pid, _reason}), do: {:ok, claim_soon(tag)}
  def revive(tag, ref, {:timeout, ref, :claim}), do: {:ok, claim_soon(tag)}
  def revive(_tag, _ref, _message), do: :none

  defp claim_soon(tag) do
    case claim(tag) do
      {:ok, ref} -> ref
      {:error, :system_limit} -> :erlang.start_timer(@pause, self(), :claim)
    end
  end

  @doc """
  Publishes a term of the calling process, in place of an earlier one.
  """
  @spec put(module(), term()) :: :ok
  def put(tag, term), do: :persistent_term.put(key(tag, self()), {:ok, term})

  @doc """
  What a process has published; `:error` if it has nothing, or has ended.
  """
  @spec get(module(), pid()) :: {:ok, term()} | :error
  def get(tag, pid) do
    # The term is still there for a moment after its owner.
    with {:ok, _term} = found <- :persistent_term.get(key(tag, pid), :error),
         true <- Process.alive?(pid) do
      found
    else
      _ -> :error
    end
  end

  defp key(tag, pid), do: {tag, pid}
end

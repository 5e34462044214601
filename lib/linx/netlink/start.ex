defmodule Linx.Netlink.Start do
  @moduledoc false
  # How a process that cannot start says so: by what `start_link` returns, and by nothing
  # else, neither an exit signal to its caller nor a report in the log.

  @doc """
  What `init/1` returns then.
  """
  @spec refuse(reason) :: {:stop, {:shutdown, reason}} when reason: term()
  def refuse(reason) do
    with [parent | _] when is_pid(parent) <- Process.get(:"$ancestors"),
         do: Process.unlink(parent)

    {:stop, {:shutdown, reason}}
  end

  @doc """
  What `start_link` returns, from what `GenServer.start_link/3` did.
  """
  @spec told(GenServer.on_start()) :: GenServer.on_start()
  def told({:error, {:shutdown, reason}}), do: {:error, reason}
  def told(started), do: started

  @doc """
  A child of a supervisor, with its name for an id if it has one.
  """
  @spec child_spec(module(), keyword(), :permanent | :transient) :: Supervisor.child_spec()
  def child_spec(module, opts, restart) do
    %{
      id: opts[:name] || module,
      start: {module, :start_link, [opts]},
      restart: restart
    }
  end
end

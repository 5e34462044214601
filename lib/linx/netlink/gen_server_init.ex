defmodule Linx.Netlink.GenServerInit do
  @moduledoc false
  # Start of a GenServer whose failure is the return value of `start_link` alone: no exit signal
  # to the caller, no report in the log.

  @doc """
  Return value of `init/1` for a failed start.
  """
  @spec stop_quietly(reason) :: {:stop, {:shutdown, reason}} when reason: term()
  def stop_quietly(reason) do
    with [parent | _] when is_pid(parent) <- Process.get(:"$ancestors"),
         do: Process.unlink(parent)

    {:stop, {:shutdown, reason}}
  end

  @doc """
  Return value of `start_link`, from that of `GenServer.start_link/3`.
  """
  @spec unwrap_start(GenServer.on_start()) :: GenServer.on_start()
  def unwrap_start({:error, {:shutdown, reason}}), do: {:error, reason}
  def unwrap_start(started), do: started

  @doc """
  Child specification whose id is the option `:name`, or the module.
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

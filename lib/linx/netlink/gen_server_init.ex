defmodule Linx.Netlink.GenServerInit do
  @moduledoc false
  # Start of a GenServer whose failure is the return value of `start_link` alone: no exit signal
  # to the caller, no report in the log.

  @doc """
  Whether a term can name a process, as `t:GenServer.server/0`.
  """
  defguard is_server(term)
           when is_pid(term) or (is_atom(term) and term not in [nil, true, false]) or
                  (is_tuple(term) and tuple_size(term) == 2 and
                     (elem(term, 0) == :global or
                        (is_atom(elem(term, 0)) and is_atom(elem(term, 1))))) or
                  (is_tuple(term) and tuple_size(term) == 3 and elem(term, 0) == :via and
                     is_atom(elem(term, 1)))

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
  Child specification whose id is the option `:name`, or the module. The start of the child reports
  options that are wrong.
  """
  @spec child_spec(module(), keyword(), :permanent | :transient) :: Supervisor.child_spec()
  def child_spec(module, opts, restart) do
    %{
      id: id(opts) || module,
      start: {module, :start_link, [opts]},
      restart: restart
    }
  end

  defp id([{:name, name} | _]), do: name
  defp id([_ | rest]), do: id(rest)
  defp id(_end), do: nil
end

defmodule Linx.Netlink.Rtnl.Reconcile.Loop.FailureLog do
  @moduledoc false
  # Logs the failures and conflicts of a loop's passes, each once, until a pass has none.

  require Logger

  alias Linx.Netlink.Rtnl.Reconcile.Report

  @enforce_keys [:seen]
  defstruct [:seen]

  @type t :: %__MODULE__{seen: MapSet.t(String.t())}

  # The reasons of a repeated failure may differ, such as in a pid.
  @limit 100

  @spec new() :: t()
  def new, do: %__MODULE__{seen: MapSet.new()}

  @doc """
  Logs the failures and conflicts of a pass that have not been logged.
  """
  @spec note(t(), {:ok, Report.t()} | {:error, term()}) :: t()
  def note(%{seen: seen} = log, result) do
    case messages(result) do
      [] ->
        if MapSet.size(seen) > 0,
          do: Logger.info("#{name()}: no failures any more")

        %{log | seen: MapSet.new()}

      messages ->
        %{log | seen: Enum.reduce(messages, seen, &once/2)}
    end
  end

  defp once(message, seen) do
    cond do
      message in seen or MapSet.size(seen) > @limit ->
        seen

      MapSet.size(seen) == @limit ->
        Logger.warning("#{name()}: further failures are not logged until a pass has none")
        MapSet.put(seen, message)

      true ->
        Logger.warning("#{name()}: #{message}")
        MapSet.put(seen, message)
    end
  end

  defp messages({:error, reason}), do: ["a pass failed: #{text(reason)}"]

  defp messages({:ok, report}) do
    for({step, reason} <- report.failed, do: "#{inspect(step)} failed: #{text(reason)}") ++
      for {existing, desired} <- report.conflicts,
          do: "#{inspect(desired)} is not made: another owner has #{inspect(existing)}"
  end

  defp text(reason) when is_exception(reason), do: Exception.message(reason)
  defp text(reason), do: inspect(reason)

  defp name do
    case Process.info(self(), :registered_name) do
      {:registered_name, name} when is_atom(name) and name != [] -> inspect(name)
      _ -> "reconcile loop #{inspect(self())}"
    end
  end
end

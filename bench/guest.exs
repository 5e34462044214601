defmodule Bench.Guest do
  @moduledoc false
  # Measurements by a kernel in a virtual machine, under the program that $RUN_IN_VM names: a script of this
  # folder, which ends with `print/1`.

  # The result of the script, or why there is none: a text.
  def run(script, args \\ []) do
    case System.get_env("RUN_IN_VM") do
      nil -> {:error, "it was not measured"}
      vm -> run(vm, Path.join(__DIR__, script), args)
    end
  end

  defp run(vm, script, args) do
    options = "RUN_IN_VM_OPTIONS" |> System.get_env("") |> String.split()

    with {text, 0} <-
           System.cmd(vm, options ++ ["--", "mix", "run", "--no-compile", script | args]),
         [_, term] <- String.split(text, "result: ") do
      {:ok, term |> String.trim() |> Base.decode64!() |> :erlang.binary_to_term()}
    else
      failure -> {:error, "the virtual machine failed: #{inspect(failure)}"}
    end
  end

  def print(result),
    do: IO.puts("result: #{result |> :erlang.term_to_binary() |> Base.encode64()}")

  @where ", by another kernel in a virtual machine"

  # Tables of the script, whose titles say where they were measured.
  def tables(script, args, names, lack) do
    case run(script, args) do
      {:ok, parts} ->
        for part <- List.flatten(parts) do
          with {:table, title, rows} <- part, do: {:table, title <> @where, rows}
        end

      {:error, reason} ->
        ["\nThis kernel has no #{lack}, for #{names}: #{reason}.\n"]
    end
  end
end

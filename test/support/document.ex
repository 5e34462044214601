defmodule Linx.Test.Document do
  @moduledoc false
  # The code of a document: blocks of Elixir that run one after the other in one session.

  import ExUnit.Assertions

  @doc "The blocks of code of a language."
  def blocks(text, language) do
    for [_, code] <- Regex.scan(~r/^```#{language}\n(.*?)^```$/ms, text), do: code
  end

  @doc """
  Runs blocks of Elixir. `#=> VALUE` below an expression is its expected value.
  """
  def run(blocks, file),
    do: Enum.reduce(blocks, {[], Code.env_for_eval(file: file)}, &run_block(&1, &2, file))

  defp run_block(code, session, file) do
    code
    |> String.split(~r/^(?=#=> )/m)
    |> Enum.reduce({session, nil}, fn part, {session, value} ->
      code =
        case part do
          "#=> " <> rest ->
            [shown | code] = String.split(rest, "\n", parts: 2)
            assert inspect(value) == shown
            Enum.join(code)

          code ->
            code
        end

      evaluate(code, session, file)
    end)
    |> elem(0)
  end

  defp evaluate(code, {binding, env}, file) do
    {value, binding, env} =
      code
      |> literals()
      |> Code.string_to_quoted!(file: file)
      |> Code.eval_quoted_with_env(binding, env)

    {{binding, env}, value}
  end

  # Before Elixir 1.15, sigils with names of several letters are macro calls.
  if Version.match?(System.version(), ">= 1.15.0") do
    defp literals(code), do: code
  else
    defp literals(code), do: String.replace(code, ~r/~IP("[^"]*")/, "sigil_IP(<<\\1>>, [])")
  end
end

defmodule Linx.Test.Document do
  @moduledoc false
  # The code of a document: blocks of Elixir that run one after the other in one session.

  import ExUnit.Assertions
  import ExUnit.Callbacks, only: [on_exit: 1]

  @doc """
  Runs a guide: its commands, then its examples in one session.
  """
  def guide!(file, least), do: file |> examples!(least) |> run(file)

  @doc """
  Runs the commands of a guide (`sh`), and returns its examples (`elixir`), which are at least so many. The network
  namespaces that the commands make are deleted after the test.
  """
  def examples!(file, least) do
    text = File.read!(file)
    for block <- blocks(text, "sh"), do: commands!(block)
    examples = blocks(text, "elixir")
    assert length(examples) >= least
    examples
  end

  @doc "The blocks of code of a language; the words behind it are a part of its name."
  def blocks(text, language) do
    for [_, code] <- Regex.scan(~r/^```#{language}\n(.*?)^```$/ms, text), do: code
  end

  defp commands!(block) do
    for line <- String.split(block, "\n", trim: true) do
      [command | args] = String.split(line)
      {output, status} = System.cmd(command, args, stderr_to_stdout: true)
      assert {line, output, status} == {line, output, 0}

      with ["netns", "add", name] <- args,
           do: on_exit(fn -> {_, 0} = System.cmd("ip", ["netns", "delete", name]) end)
    end
  end

  @doc """
  Runs blocks of Elixir in a session: a list of variables, or what an earlier call returned, which is
  `{variables, env}`. `#=> VALUE` below an expression is its expected value.
  """
  def run(blocks, file, session \\ [])

  def run(blocks, file, variables) when is_list(variables),
    do: run(blocks, file, {variables, Code.env_for_eval(file: file)})

  def run(blocks, file, session), do: Enum.reduce(blocks, session, &run_block(&1, &2, file))

  defp run_block(code, session, file) do
    refute code =~ ~r/^# => /m, "not compared, since it is not `#=> VALUE`: " <> code
    [first | parts] = String.split(code, ~r/^#=> /m)

    {session, _last} =
      Enum.reduce(parts, evaluate(first, session, file), fn part, {session, {code, value}} ->
        [shown | rest] = String.split(part, "\n", parts: 2)
        assert {code, inspect(value)} == {code, shown}
        evaluate(Enum.join(rest), session, file)
      end)

    session
  end

  defp evaluate(code, {variables, env}, file) do
    {value, variables, env} =
      code
      |> literals()
      |> Code.string_to_quoted!(file: file)
      |> Code.eval_quoted_with_env(variables, env)

    {{variables, env}, {code, value}}
  end

  # Before Elixir 1.15, sigils with names of several letters are macro calls.
  if Version.match?(System.version(), ">= 1.15.0") do
    defp literals(code), do: code
  else
    defp literals(code), do: String.replace(code, ~r/~IP("[^"]*")/, "sigil_IP(<<\\1>>, [])")
  end
end

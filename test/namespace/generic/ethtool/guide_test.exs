defmodule Linx.Namespace.Generic.Ethtool.GuideTest do
  # Evaluates the code of docs/guides/ethtool.md in one session; `#=> VALUE` is the value of the expression
  # above it.
  use Linx.Test.NamespaceCase

  @file_name "docs/guides/ethtool.md"
  @guide File.read!(@file_name)

  defp blocks(language) do
    for [_, code] <- Regex.scan(~r/^```#{language}\n(.*?)^```$/ms, @guide), do: code
  end

  test "all examples run one after the other in one session" do
    for block <- blocks("sh"), line <- String.split(block, "\n", trim: true) do
      [command | args] = String.split(line)
      {_, 0} = System.cmd(command, args)
    end

    on_exit(fn -> {_, 0} = System.cmd("ip", ~w(netns delete demo)) end)

    examples = blocks("elixir")
    assert length(examples) >= 10
    Enum.reduce(examples, {[], Code.env_for_eval(file: @file_name)}, &run/2)
  end

  defp run(code, session) do
    [first | parts] = String.split(code, ~r/^#=> /m)

    Enum.reduce(parts, evaluate(first, session), fn part, {session, value} ->
      [shown | rest] = String.split(part, "\n", parts: 2)
      assert inspect(value) == shown
      evaluate(Enum.join(rest), session)
    end)
    |> elem(0)
  end

  defp evaluate(code, {binding, env}) do
    {value, binding, env} =
      code |> Code.string_to_quoted!(file: @file_name) |> Code.eval_quoted_with_env(binding, env)

    {{binding, env}, value}
  end
end

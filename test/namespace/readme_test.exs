defmodule Linx.Namespace.ReadmeTest do
  # Evaluates the code of README.md in one session.
  use Linx.Test.NamespaceCase

  @readme File.read!("README.md")

  defp blocks(language) do
    for [_, code] <- Regex.scan(~r/^```#{language}\n(.*?)^```$/ms, @readme), do: code
  end

  defp dependency?(code), do: code =~ ~r/^def deps do$/m

  test "all examples run one after the other in one session" do
    {_, 0} = System.cmd("ip", ~w(netns add demo))
    on_exit(fn -> {_, 0} = System.cmd("ip", ~w(netns delete demo)) end)

    examples = Enum.reject(blocks("elixir"), &dependency?/1)
    assert length(examples) >= 5

    Enum.reduce(examples, {[], Code.env_for_eval(file: "README.md")}, &run/2)
  end

  test "every dependency is valid for Mix" do
    deps =
      for code <- blocks("elixir"), dependency?(code) do
        name = Module.concat(__MODULE__, "Deps#{System.unique_integer([:positive])}")
        Code.compile_string("defmodule #{inspect(name)} do\n#{code}\nend")
        name.deps()
      end

    assert [[linx: [git: _, branch: "main"]], [linx: [path: _]]] = deps
  end

  test "every command is a target of the Makefile" do
    makefile = File.read!("Makefile")
    commands = Regex.scan(~r/make ([a-z-]+)/, @readme, capture: :all_but_first)
    assert ["run"] in commands
    for [target] <- commands, do: assert({target, makefile =~ ~r/^#{target}:/m} == {target, true})
  end

  # `#=> VALUE` below an expression is its expected value.
  defp run(code, session) do
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

      evaluate(code, session)
    end)
    |> elem(0)
  end

  defp evaluate(code, {binding, env}) do
    {value, binding, env} =
      code
      |> literals()
      |> Code.string_to_quoted!(file: "README.md")
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

defmodule Linx.Namespace.ReadmeTest do
  # Evaluates the code of README.md in one session.
  use Linx.Test.NamespaceCase

  alias Linx.Test.Document

  @readme File.read!("README.md")

  defp blocks(language), do: Document.blocks(@readme, language)

  defp dependency?(code), do: code =~ ~r/^def deps do$/m

  test "all examples run one after the other in one session" do
    {_, 0} = System.cmd("ip", ~w(netns add demo))
    on_exit(fn -> {_, 0} = System.cmd("ip", ~w(netns delete demo)) end)

    examples = Enum.reject(blocks("elixir"), &dependency?/1)
    assert length(examples) >= 5

    Document.run(examples, "README.md")
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
end

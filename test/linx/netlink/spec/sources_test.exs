defmodule Linx.Netlink.Spec.SourcesTest do
  # The sources of a specification, and the files that the Mix task writes of it.
  #
  # Not async: the shell of Mix, which the tests of the task replace, is one for all processes.
  use ExUnit.Case, async: false

  import Linx.Test.SpecFiles

  alias Linx.Netlink.Spec
  alias Mix.Tasks.Linx.Gen.Family

  setup :spec_folder

  test "texts are documentation in plain form", context do
    text = """
    name: %NAME%
    doc: |
      Title
      =====

      Uses ``code``, @name and %CONST of &struct thing; 100% of "it", \\ and \#{x}.
    definitions:
      - {name: mode, type: enum, doc: Modes., entries: [{name: a, doc: "First | one."}]}
    attribute-sets:
      - {name: main, doc: A set., attributes: [{name: id, type: u32, doc: "Two\\n lines | of text."}]}
    operations:
      list:
        - {name: get, doc: Reads., attribute-set: main, flags: [uns-admin-perm], do: {request: {attributes: [id]}}}
        - {name: ntf, doc: Notifies., notify: get, mcgrp: all}
    mcast-groups: {list: [{name: all}]}
    """

    file = Path.join(context.dir, "doc.yaml")
    File.write!(file, String.replace(text, "%NAME%", context.name))
    {:ok, sources} = Spec.sources(file, module: MyApp.Documented)
    sources = Map.new(sources)

    assert Map.keys(sources) ==
             ["MyApp.Documented", "MyApp.Documented.Main", "MyApp.Documented.Names"]

    docs =
      for {_, source} <- sources, into: "" do
        {_, texts} =
          source
          |> Code.string_to_quoted!()
          |> Macro.prewalk([], fn
            {doc, _, [text]} = node, texts when doc in [:moduledoc, :doc] ->
              {node, [text | texts]}

            node, texts ->
              {node, texts}
          end)

        Enum.join(texts, "\n")
      end

    for text <- [
          "Uses `code`, `name` and `CONST` of `thing`; 100% of \"it\", \\ and \#{x}.",
          "Modes.",
          "`:a` - First / one",
          "A set.",
          "`:get` - Reads.",
          "Needs `CAP_NET_ADMIN` in the namespace of the socket.",
          "Takes `id`.",
          "`:ntf` - Notifies."
        ],
        do: assert({docs =~ text, text} == {true, text})

    refute docs =~ "==="
    assert sources["MyApp.Documented.Main"] =~ ~s("Two lines / of text")

    for {_, source} <- sources,
        do: assert(source == "#{Code.format_string!(source, locals_without_parens: parens())}\n")
  end

  defp parens do
    {opts, _} = Code.eval_file(".formatter.exs")
    opts[:locals_without_parens] ++ [command: 3, command: 4, event: 3]
  end

  @small """
  name: small-one
  doc: A family.
  attribute-sets: [{name: main, attributes: [{name: id, type: TYPE}]}]
  operations:
    list: [{name: get, doc: Reads., attribute-set: main, do: {request: {attributes: [id]}}}]
  """

  defp generate(args) do
    Mix.shell(Mix.Shell.Process)
    Family.run(args)
  after
    Mix.shell(Mix.Shell.IO)
  end

  defp files(dir),
    do: Enum.sort(Path.wildcard(dir <> "/**/*.ex")) |> Enum.map(&Path.relative_to(&1, dir))

  test "the task writes one file for each module, named after it", context do
    out = Path.join(context.dir, "out")
    file = spec_file(context, String.replace(@small, "TYPE", "u32"))

    generate([file, "--out", out])
    assert files(out) == ["linx/small_one.ex", "linx/small_one/main.ex"]
    assert File.read!(Path.join(out, "linx/small_one.ex")) =~ ~r/^defmodule Linx.SmallOne do$/m
    assert_received {:mix_shell, :info, [_writing]}

    generate([file, "--out", out, "--prefix", "My.App"])
    generate([file, "--out", out, "--module", "Other.Name"])
    assert "my/app/small_one/main.ex" in files(out)
    assert "other/name.ex" in files(out)

    written = files(out)
    generate([file, "--out", out])
    generate([file, "--print", "--module", "Shown"])
    assert files(out) == written
    assert_received {:mix_shell, :info, ["defmodule Shown.Main do" <> _]}
  end

  test "the task replaces files only with --force, and writes all or nothing", context do
    out = Path.join(context.dir, "out")
    generate([spec_file(context, String.replace(@small, "TYPE", "u32")), "--out", out])
    main = Path.join(out, "linx/small_one/main.ex")
    before = File.read!(main)
    root = Path.join(out, "linx/small_one.ex")
    File.rm!(root)

    file = spec_file(context, String.replace(@small, "TYPE", "u16"))
    assert_raise Mix.Error, ~r/main.ex/, fn -> generate([file, "--out", out]) end
    assert File.read!(main) == before
    refute File.exists?(root)

    generate([file, "--out", out, "--force"])
    assert File.read!(main) =~ ":u16"
    assert File.exists?(root)
  end

  test "the task refuses what it cannot read", context do
    out = Path.join(context.dir, "out")
    file = spec_file(context, String.replace(@small, "TYPE", "u33"))

    assert_raise Mix.Error, ~r/spec.yaml:3: unknown type: u33/, fn ->
      generate([file, "--out", out])
    end

    refute File.exists?(out)

    assert_raise Mix.Error, ~r/usage/, fn -> generate([]) end
    assert_raise Mix.Error, ~r/unknown option --other/, fn -> generate([file, "--other", "x"]) end
  end
end

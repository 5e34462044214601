defmodule Linx.DocsTest do
  # The paths, modules and functions named in the documents of the repository exist.
  use ExUnit.Case, async: true

  @documents ["README.md", "docs/ARCHITECTURE.md", "docs/STYLE.md"]

  test "every path in the tree of docs/ARCHITECTURE.md exists" do
    paths = tree()
    assert length(paths) > 60
    assert "lib/linx/netlink/rtnl/" in paths
    assert "native/linx_wire/src/attr.rs" in paths
    assert Enum.reject(paths, &exists?/1) == []
  end

  test "every file and folder of lib/linx and lib/linx/netlink is in that tree" do
    for path <- Path.wildcard("lib/linx/*") ++ Path.wildcard("lib/linx/netlink/*") do
      path = if File.dir?(path), do: path <> "/", else: path
      assert {path, path in tree()} == {path, true}
    end
  end

  test "every path in a document exists" do
    for document <- @documents,
        [path] <- code(document, ~r{(?:lib|native|test|docs|bench|examples)/[\w./*-]*}) do
      assert {document, path, exists?(path)} == {document, path, true}
    end
  end

  test "every function and type in a document exists" do
    named =
      for document <- @documents,
          [module, function, arity] <-
            code(document, ~r{t?:?(Linx(?:\.[A-Z]\w*)+)\.([a-z_]+[?!]?)/(\d)}),
          do: {document, Module.concat([module]), function, String.to_integer(arity)}

    assert length(named) > 5

    for {document, module, function, arity} <- named do
      {:module, _} = Code.ensure_loaded(module)
      {:docs_v1, _, _, _, _, _, docs} = Code.fetch_docs(module)
      types = for {{:type, name, arity}, _, _, _, _} <- docs, do: {name, arity}
      known = for {name, arity} <- types ++ module.module_info(:exports), do: {"#{name}", arity}
      name = {function, arity}
      assert {document, module, name, name in known} == {document, module, name, true}
    end
  end

  test "every module in a document exists" do
    for document <- @documents, [name] <- code(document, ~r{Linx(?:\.[A-Z]\w*)+}) do
      module = Module.concat([name])
      assert {document, module, Code.ensure_loaded?(module)} == {document, module, true}
    end
  end

  # A line of the tree is indentation, names of files and folders, and a description.
  defp tree do
    [_, tree] = Regex.run(~r/^## The tree\n+```\n(.*?)^```/ms, File.read!("docs/ARCHITECTURE.md"))

    {paths, _folders} =
      tree
      |> String.split("\n", trim: true)
      |> Enum.flat_map_reduce([], fn line, folders ->
        [indent] = Regex.run(~r/^ */, line)
        folders = Enum.take(folders, div(String.length(indent), 2))
        names = line |> String.split() |> Enum.take_while(&(&1 =~ ~r{^[\w/]+(/|\.\w+)$}))

        {Enum.map(names, &(Enum.join(folders) <> &1)),
         folders ++ Enum.filter(Enum.take(names, -1), &String.ends_with?(&1, "/"))}
      end)

    paths
  end

  # Matches of a pattern within the inline code of a document.
  defp code(document, pattern) do
    for [_, code] <- Regex.scan(~r/`([^`\n]+)`/, File.read!(document)),
        match <- Regex.scan(pattern, code),
        do: if(length(match) > 1, do: tl(match), else: match)
  end

  defp exists?(path), do: Path.wildcard(String.trim_trailing(path, "/")) != []
end

defmodule Linx.ReferencesTest do
  # The modules, functions and types named in the documentation of the library exist and are
  # documented.
  use ExUnit.Case, async: true

  # Hidden modules that may be named: in tables generated from rows, and for contributors.
  @hidden [
    Linx.Netlink.Options,
    Linx.Netlink.Resource.Verbs,
    Linx.Netlink.Rtnl.Reconcile.Plan
  ]

  setup_all do
    {:ok, modules} = :application.get_key(:linx, :modules)
    docs = for module <- modules, documented = docs(module), into: %{}, do: {module, documented}
    assert map_size(docs) > 100
    %{docs: docs}
  end

  test "every module in the documentation exists and is documented", %{docs: docs} do
    broken =
      for {module, code} <- all_code(docs),
          code =~ ~r/\A(?:Linx(?:\.[A-Z]\w*)+)\z/,
          target = Module.concat([code]),
          target not in @hidden,
          not is_map_key(docs, target),
          do: {module, code}

    assert broken == []
  end

  test "every function and type in the documentation exists and is documented", %{docs: docs} do
    broken =
      for {module, code} <- all_code(docs),
          [_, sort, name, function, arity] <- [reference(code)],
          target = Module.concat([name]),
          target not in @hidden,
          not defined?(docs[target], sort, function, String.to_integer(arity)),
          do: {module, code}

    assert broken == []
  end

  # The documented entries of a module, `nil` for a hidden module.
  defp docs(module) do
    case Code.fetch_docs(module) do
      {:docs_v1, _, _, _, %{"en" => text}, _, entries} ->
        entries =
          for {{sort, name, arity}, _, _, doc, meta} <- entries, doc != :hidden do
            {sort, Atom.to_string(name), (arity - (meta[:defaults] || 0))..arity, text(doc)}
          end

        {text, entries}

      _ ->
        nil
    end
  end

  defp text(%{"en" => text}), do: text
  defp text(_none), do: ""

  defp all_code(docs) do
    for {module, {text, entries}} <- docs,
        text <- [text | Enum.map(entries, &elem(&1, 3))],
        [_, code] <- Regex.scan(~r/`([^`\n]+)`/, text),
        do: {module, code}
  end

  defp reference(code),
    do: Regex.run(~r/\A(?:([tc]):)?(Linx(?:\.[A-Z]\w*)+)\.([a-z_]\w*[?!]?)\/(\d)\z/, code)

  defp defined?(nil, _sort, _name, _arity), do: false

  defp defined?({_text, entries}, sort, name, arity) do
    sorts = %{"" => [:function, :macro], "t" => [:type, :opaque], "c" => [:callback]}

    Enum.any?(
      entries,
      &(elem(&1, 0) in sorts[sort] and elem(&1, 1) == name and arity in elem(&1, 2))
    )
  end
end

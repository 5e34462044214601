defmodule Linx.TreeTest do
  # Rules for the files of the repository, read from their source:
  #
  #   * a file of `lib` holds one module, and its path is the module's name. Beside it may stand
  #     implementations of protocols; inside it private modules of at most twelve lines;
  #   * a file of `test` has a module named after its path: `Linx.Kernel.SocketTest` in
  #     test/kernel/socket_test.exs, `Linx.Test.Wait` in test/support/wait.ex;
  #   * a file has at most 400 lines, of tests 450. Texts of `@moduledoc`, `@doc` and `@typedoc` do
  #     not count: many functions of a public module may be short, and their documentation long;
  #   * a header of a message, and a table of names for numbers, is written down once;
  #   * driving modules (monitor, view, diff, reconcile) name no resource, but for `@naming`.
  #
  # Which module may refer to which is `Linx.LayersTest`'s.
  use ExUnit.Case, async: true

  # The driving modules that name resources: those whose public functions, options and types have
  # these names, and those that hold what the kernel does across resources.
  @naming ~w(diff monitor reconcile reconcile/indices reconcile/source view view/invalidation view/unnotified)

  @private_lines 12
  @lines %{"lib/**/*.ex" => 400, "native/**/*.rs" => 400, "{test,bench}/**/*.{ex,exs}" => 450}

  # The resources of rtnetlink: their modules, and the names of their lists.
  @resources for resource <- Linx.Netlink.Rtnl.resources(),
                 do: resource.module |> Module.split() |> List.last() |> String.to_atom()
  @lists for resource <- Linx.Netlink.Rtnl.resources(), do: resource.plural

  # Headers with two forms: where 0.2.0 had numbers, names elsewhere; and other names of families.
  @two_forms ["struct ndmsg", "struct nfgenmsg"]

  @driving "lib/linx/netlink/rtnl/{monitor,view,diff,reconcile}"

  describe "the rule" do
    test "a file's path is the name of its one module" do
      broken = for file <- files("lib/**/*.ex"), not one_module?(file), do: file
      assert broken == []
    end

    test "a test file's path is the name of a module in it" do
      broken =
        for file <- files("test/**/*.{ex,exs}"),
            file != "test/test_helper.exs" and not (file =~ "/fixtures/"),
            name = test_name(file),
            not Enum.any?(parse(file) |> block(), &(module_path(&1) == name)),
            do: file

      assert broken == []
    end

    test "no file is long" do
      broken = for {pattern, most} <- @lines, file <- files(pattern), lines(file) > most, do: file

      assert broken == []
    end

    test "no header of a message is written down twice" do
      assert twice(&(headers(&1) -- @two_forms)) == []
    end

    test "no table of names for numbers is written down twice" do
      assert twice(&tables/1) == []
    end

    test "no driving module names a resource, but for those that must" do
      naming = for file <- driving(), named(parse(file)) != [], do: file
      assert Enum.sort(naming) == for(name <- @naming, do: "lib/linx/netlink/rtnl/#{name}.ex")
    end
  end

  describe "the reading of source" do
    test "finds the modules of a file" do
      one = "defmodule Linx.A.BcD do\nend\ndefimpl Inspect, for: Linx.A.BcD do\nend"
      assert one_module?("lib/linx/a/bc_d.ex", one)
      refute one_module?("lib/linx/a/other.ex", one)
      refute one_module?("lib/linx/a/bc_d.ex", one <> "\ndefmodule Linx.A.BcD.E do\nend")

      short = "@moduledoc false\n" <> String.duplicate("\n", @private_lines - 3)
      nest = &"defmodule Linx.A.BcD do\ndefmodule E do\n#{&1}end\nend"
      assert one_module?("lib/linx/a/bc_d.ex", nest.(short))
      refute one_module?("lib/linx/a/bc_d.ex", nest.(short <> "\n"))
      refute one_module?("lib/linx/a/bc_d.ex", nest.(""))
    end

    test "leaves out texts of documentation, and nothing else" do
      text = fn attribute, indent ->
        "#{indent}@#{attribute} \"\"\"\n#{indent}Text.\n\n#{indent}    code\n#{indent}\"\"\"\n"
      end

      documented = text.("moduledoc", "  ") <> "  a\n" <> text.("doc", "    ") <> "    b\n"
      assert undocumented(documented <> text.("typedoc", "  ")) == "  a\n    b\n"

      for code <- ["@doc false\n", "@doc \"Text.\"\n", text.("text", "  ")],
          do: assert(undocumented(code) == code)
    end

    test "finds headers and tables" do
      code = """
      codec do
        header "struct abcmsg", prefix: "abc_" do
          field :family, :u8
          pad 3
        end
        attr 1, :flags, {:flags, [up: 1, down: 2, lost: 0x4]}
      end

      import Numbers, only: [one: 0, two: 0, three: 0]
      @short [a: 1, b: 2]
      @names [a: "x", b: "y", c: "z"]
      @groups lost: 4, up: 1, down: 2
      """

      ast = Code.string_to_quoted!(code)
      assert ["struct abcmsg", [_, _]] = headers(ast)

      nameless = "header do\nfield :a, :u8\npad 3\nend\nheader Other, as: [a: :b]"
      assert [[_, _]] = headers(Code.string_to_quoted!(nameless))
      table = [down: 2, lost: 4, up: 1]
      assert [^table, ^table] = tables(ast)
    end

    test "finds the names of resources" do
      assert named(quote(do: Linx.Netlink.Rtnl.Route.list(sock))) == [:Route]
      assert named(quote(do: alias(A.{Link, Socket}))) == [:Link]
      assert named(quote(do: list(:routes))) == [:routes]
      assert named(quote(do: [routes: 1])) == [:routes]
      assert named(quote(do: list(routes, "Route"))) == []
    end

    test "finds files, and more than one" do
      for pattern <- Map.keys(@lines), do: assert(length(files(pattern)) > 1)
      assert "lib/linx/netlink/rtnl/view.ex" in driving()
      assert "lib/linx/netlink/rtnl/view/server.ex" in driving()
    end
  end

  defp files(pattern) do
    pattern |> Path.wildcard() |> Enum.reject(&(&1 =~ ~r{/(?:target|_build)/}))
  end

  defp driving, do: files(@driving <> ".ex") ++ files(@driving <> "/**/*.ex")

  defp parse(file), do: file |> File.read!() |> Code.string_to_quoted!()

  # Lines of a file without the texts of its documentation.
  defp lines(file), do: file |> File.read!() |> undocumented() |> count("\n")

  defp undocumented(code),
    do: Regex.replace(~r/^( *)@(?:module|type)?doc (?:~S)?"""\n.*?^\1"""\n/ms, code, "")

  defp count(text, part), do: length(String.split(text, part)) - 1

  ## One module

  defp one_module?(file, code \\ nil) do
    ast = Code.string_to_quoted!(code || File.read!(file), token_metadata: true)

    case for {:defmodule, _, _} = module <- block(ast), do: module do
      [{:defmodule, _, [name, [{_do, body}]]}] ->
        path(Macro.to_string(name)) == file and Enum.all?(modules(body), &private?/1)

      _ ->
        false
    end
  end

  defp path(name), do: "lib/" <> underscore(name) <> ".ex"

  # A proper name of one word has one word in a path.
  defp underscore(name),
    do: name |> String.replace("WireGuard", "Wireguard") |> Macro.underscore()

  defp test_name(file) do
    case file |> Path.rootname() |> Path.split() |> tl() do
      ["linx" | _] = path -> Path.join(path)
      ["support" | path] -> Path.join(["linx", "test" | path])
      path -> Path.join(["linx" | path])
    end
  end

  defp module_path({:defmodule, _, [name | _]}),
    do: name |> Macro.to_string() |> underscore()

  defp module_path(_other), do: nil

  defp block({:__block__, _, expressions}), do: expressions
  defp block(expression), do: [expression]

  defp modules(ast), do: collect(ast, &match?({:defmodule, _, [_, [_]]}, &1))

  defp private?({:defmodule, meta, [_name, [{_do, body}]]}) do
    meta[:end][:line] - meta[:line] < @private_lines and
      Enum.any?(block(body), &match?({:@, _, [{:moduledoc, _, [false]}]}, &1))
  end

  ## Tables

  # The files of items that stand in more than one place.
  defp twice(find) do
    places = for file <- files("lib/**/*.ex"), item <- find.(parse(file)), do: {item, file}

    for {_item, files} <- Enum.group_by(places, &elem(&1, 0), &elem(&1, 1)),
        length(files) > 1,
        file <- files,
        uniq: true,
        do: file
  end

  # The name of each C struct that is a header, and the declarations of each header with two or more
  # of them.
  defp headers(ast) do
    headers =
      for {:header, _, args} <- collect(ast, &match?({:header, _, [_ | _]}, &1)),
          [[{:do, body}]] <- [Enum.take(args, -1)],
          declarations = for({name, _, args} <- block(body), do: {name, bare(args)}),
          do: {hd(args), declarations}

    for({struct, _} when is_binary(struct) <- headers, do: struct) ++
      for {_, declarations} when length(declarations) > 1 <- headers, do: declarations
  end

  # Keyword lists of three or more names for integers, in the order of the names. Those of an import
  # are arities, those of a resource the numbers of its messages.
  defp tables(ast) do
    ast =
      Macro.prewalk(ast, fn
        {key, _list} when key in [:only, :except, :messages] -> {key, nil}
        node -> node
      end)

    number? = &match?({name, value} when is_atom(name) and is_integer(value), &1)

    for list <- collect(ast, &is_list/1),
        length(list) > 2,
        Enum.all?(list, number?),
        do: Enum.sort(list)
  end

  ## Names of resources

  defp named(ast) do
    modules =
      for {:__aliases__, _, parts} <- collect(ast, &match?({:__aliases__, _, _}, &1)),
          part <- parts,
          part in @resources,
          do: part

    Enum.uniq(modules ++ collect(ast, &(&1 in @lists)))
  end

  ## Syntax trees

  # Every node that `fits?` holds for, the outer ones first.
  defp collect(ast, fits?) do
    {_, found} =
      Macro.prewalk(ast, [], fn node, found ->
        {node, if(fits?.(node), do: [node | found], else: found)}
      end)

    Enum.reverse(found)
  end

  # Without lines.
  defp bare(ast), do: Macro.prewalk(ast, &Macro.update_meta(&1, fn _ -> [] end))
end

defmodule Linx.TextTest do
  # `inspect`, `to_string` and `Exception.message` of bytes from the kernel or a caller.
  use ExUnit.Case, async: true

  alias Linx.{IP, LinkAddress, MAC, Text}
  alias Linx.Netlink.Error
  alias Linx.Netlink.Rtnl.{Link, LinkInfo, Rule}

  # Each text contains `evil=1`, which may appear in quotes only.
  @nasty [
    "evil=1",
    " evil=1 ",
    "\" evil=1",
    "\\\" evil=1 \\",
    "> evil=1",
    "\n evil=1",
    "\0evil=1",
    "\e[31m evil=1 \e]0;evil=1\a",
    "evil=1\x7F",
    "evil=1\u0085\u009B31m",
    <<0xFF, " evil=1 ", 0xC0, 0x80>>,
    <<"evil=1 ", 0xE2, 0x80>>,
    "\u202Eevil=1\u2066",
    "\u2028evil=1\u200B\uFEFF",
    "evil=1\u{E0041}",
    "\#{evil=1}",
    "größe evil=1",
    String.duplicate("evil=1 ", 1000)
  ]

  defp modules do
    {:ok, modules} = :application.get_key(:linx, :modules)
    for module <- modules, Code.ensure_loaded?(module), do: module
  end

  defp structs,
    do: for(module <- modules(), function_exported?(module, :__struct__, 0), do: module)

  # The types of a module's fields, where it has a codec block.
  defp types(module) do
    if function_exported?(module, :__codec__, 0) do
      %{header: header, attrs: attrs} = codec = module.__codec__()

      for({:field, name, type} <- header, do: {name, type}) ++
        for({_, name, type} <- attrs, do: {name, type}) ++ Map.get(codec, :groups, [])
    else
      []
    end
  end

  defp nested({:nested, module}), do: module
  defp nested(module) when is_atom(module), do: if(module in structs(), do: module)
  defp nested(_type), do: nil

  # Structs of a module, each with `value` in one field of its own or of a nested struct.
  defp with_value(module, value, depth \\ 0) do
    empty = module.__struct__()
    types = types(module)

    for field <- Map.keys(empty) -- [:__struct__, :__exception__],
        type = types[field],
        inside =
          if(depth < 2 and nested(type), do: with_value(nested(type), value, depth + 1), else: []),
        {value, text?} <- [{value, type in [:string, :binary]} | inside],
        do: {Map.put(empty, field, value), text?}
  end

  defp check(text, shown_whole? \\ true) do
    assert String.valid?(text)
    refute text =~ ~r/[\x{00}-\x{1F}\x{7F}-\x{9F}]/u
    if shown_whole?, do: refute(text =~ ~r/[\p{Cf}\p{Zl}\p{Zp}]/u)
    refute Regex.replace(~r/"(?:\\.|[^"\\])*"/su, text, "") =~ "evil=1"
    text
  end

  test "inspect shows a struct in one line in which no value looks like a field" do
    shown =
      for module <- structs(), Inspect.impl_for(module.__struct__()) != Inspect.Any, do: module

    assert length(shown) >= 18

    for module <- shown, value <- @nasty, {struct, text?} <- with_value(module, value) do
      check(inspect(struct), text?)
    end
  end

  test "a name that is not a plain word is quoted" do
    assert inspect(%Link{name: "eth0", index: 2, linkinfo: %LinkInfo{kind: "veth"}}) ==
             ~S|#Linx.Netlink.Rtnl.Link<"eth0" (2) DOWN kind=veth>|

    assert inspect(%Link{name: "a\" b\n", index: 2, linkinfo: %LinkInfo{kind: "v mtu=7"}}) ==
             ~S|#Linx.Netlink.Rtnl.Link<"a\" b\n" (2) DOWN kind="v mtu=7">|

    assert inspect(%Link{name: <<"a", 0xFF>>, index: 2}) ==
             ~S|#Linx.Netlink.Rtnl.Link<"a\xFF" (2) DOWN>|

    assert inspect(%Rule{iifname: "x table=9", oifname: "eth0.7", table: 254}) ==
             ~S(#Linx.Netlink.Rtnl.Rule<table=254 iif="x table=9" oif=eth0.7>)
  end

  test "a quoted name is an Elixir literal of the name" do
    for text <- @nasty ++ ["\t\r\b\f\v", "\u061C\u{10FFFF}"] do
      assert {^text, []} = Code.eval_string(check(Text.quoted(text)))
    end
  end

  test "printable characters are not escaped" do
    for text <- ["eth0", "größe", "日本", "a'b", "😀", "e\u0301"] do
      assert Text.quoted(text) == inspect(text)
      assert Text.line(text) == text
    end
  end

  test "inspect of a struct with a value of a wrong type does not raise" do
    for broken <- [
          %IP{family: :inet, bytes: "abc"},
          %IP{family: :inet6, bytes: <<1, 2, 3, 4>>},
          %MAC{bytes: "a\" evil=1"},
          %LinkAddress{bytes: nil},
          %IP.Subnet{address: "x", prefix: "\n"},
          %Link{flags: "x", index: self(), mtu: [1 | 2]},
          %Rule{fwmark: "7"}
        ] do
      assert inspect(broken) =~ ~r/\A[%#]/
      refute inspect(broken) =~ "Inspect.Error"
    end
  end

  test "the message of an exception is one line for any message of the kernel" do
    for text <- @nasty do
      message = Exception.message(Error.from_errno(19, text))
      assert String.valid?(message)
      refute message =~ ~r/[\x{00}-\x{1F}\x{7F}-\x{9F}\p{Cf}\p{Zl}\p{Zp}]/u
      assert message =~ ~r/\Anetlink ENODEV \(19\): .*evil=1/su
    end

    assert Exception.message(Error.from_errno(19, "no \"x\\y\" here")) ==
             ~S|netlink ENODEV (19): no "x\y" here|

    assert Exception.message(Error.from_errno(19, <<"a", 0xFF, "\n">>)) ==
             ~S|netlink ENODEV (19): a\xFF\n|
  end

  test "the message of every exception is one line for any values of its fields" do
    exceptions = for module <- structs(), function_exported?(module, :exception, 1), do: module
    assert Error in exceptions

    for module <- exceptions, value <- @nasty, {struct, _} <- with_value(module, value) do
      message = Exception.message(struct)
      assert String.valid?(message)
      refute message =~ ~r/[\x{00}-\x{1F}\x{7F}-\x{9F}]/u
    end
  end

  test "to_string of a value returns plain characters or raises" do
    for module <- structs(),
        String.Chars.impl_for(module.__struct__()),
        value <- @nasty,
        {struct, _} <- with_value(module, value) do
      try do
        assert to_string(struct) =~ ~r/\A[0-9a-f:.\/]*\z/
      rescue
        FunctionClauseError -> :ok
        ArgumentError -> :ok
      end
    end
  end

  test "the error of an encoder is one line for any value" do
    for value <- @nasty ++ [:"\e evil=1", ["\e", 27], {"\n", ~c"\e"}],
        struct <- [%Link{index: value}, %Link{address: value}, %Link{af_spec: value}] do
      error = assert_raise ArgumentError, fn -> Link.encode(struct) end
      assert String.valid?(error.message)
      refute error.message =~ ~r/[\x{00}-\x{1F}\x{7F}-\x{9F}]/u
    end
  end
end

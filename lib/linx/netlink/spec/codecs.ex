defmodule Linx.Netlink.Spec.Codecs do
  @moduledoc false
  # The codec modules of a specification: structs, attribute sets, tables of sub-messages.

  alias Linx.Netlink.Spec.{Error, Members, Plan, Text, Types}

  @codec "use Linx.Netlink.Codec"

  @doc "The modules' names and parts. Those that others include come first."
  @spec modules(Plan.t()) :: [{String.t(), map()}]
  def modules(%{document: document} = plan) do
    structs =
      for struct <- document.structs, do: {{:struct, struct.name}, struct_parts(struct, plan, "")}

    headers =
      for {{:header, name} = key, _} <- Enum.sort(plan.modules),
          do: {key, struct_parts(find_struct(name, plan), plan, "pad 4\n")}

    sets = for set <- document.sets, do: {{:set, set.name}, set(set, plan)}

    tables =
      for message <- document.sub_messages, do: {{:table, message.name}, table(message, plan)}

    pairs = for {{:pair, _, _} = key, _} <- Enum.sort(plan.modules), do: {key, pair(key, plan)}

    for {key, parts} <- structs ++ headers ++ sets ++ tables ++ pairs,
        do: {Map.fetch!(plan.modules, key), parts}
  end

  # Structs

  defp struct_parts(struct, plan, before) do
    {fields, used} = struct |> fields(plan) |> Enum.map(&field(&1, plan)) |> Enum.unzip()

    %{
      doc: doc(struct.doc, "Struct `#{Text.c_struct(struct.name)}`.", plan),
      used: List.flatten(used),
      use: @codec,
      body: ["codec do\nheader do\n", before, fields, "end\nend"]
    }
  end

  defp find_struct(name, plan), do: Enum.find(plan.document.structs, &(&1.name == name))

  # The members of a struct by name, and paddings as C has them: specifications leave them out. A struct
  # within a struct is its members, with the name of the outer one in front.
  @spec fields(Members.struct_of(), Plan.t()) :: [{String.t(), Members.member()}]
  defp fields(struct, plan) do
    {fields, _size, _align} = layout(struct, plan, 0)

    {pads, named} =
      Enum.split_with(Enum.with_index(fields), &match?({{_, %{type: "pad"}}, _}, &1))

    {named, indices} = Enum.unzip(named)

    (Enum.zip(unique(named), indices) ++ pads)
    |> Enum.sort_by(&elem(&1, 1))
    |> Enum.map(&elem(&1, 0))
  end

  defp layout(struct, _plan, depth) when depth > 8,
    do: Error.fail!(0, "the struct #{struct.name} holds itself")

  defp layout(struct, plan, depth) do
    {fields, {size, align}} =
      Enum.flat_map_reduce(struct.members, {0, 1}, fn member, {at, most} ->
        {fields, size, align} = member(member, plan, depth)
        pad = gap(at, align)
        {pad(pad) ++ fields, {at + pad + size, max(align, most)}}
      end)

    {fields ++ pad(gap(size, align)), size + gap(size, align), align}
  end

  defp member(%{struct: nil, type: type, len: len} = member, _plan, _depth) do
    case type do
      type when type in ~w(string binary pad) -> {[{Text.name(member.name), member}], len, 1}
      <<_, bits::binary>> -> integer(member, div(String.to_integer(bits), 8))
    end
  end

  defp member(%{struct: inner, name: name}, plan, depth) do
    {fields, size, align} = layout(find_struct(inner, plan), plan, depth + 1)
    {for({field, member} <- fields, do: {Text.name(name) <> "_" <> field, member}), size, align}
  end

  defp integer(member, size), do: {[{Text.name(member.name), member}], size, size}

  defp gap(at, align), do: rem(align - rem(at, align), align)

  defp pad(0), do: []
  defp pad(size), do: [{"pad", %{type: "pad", len: size}}]

  defp field({_name, %{type: "pad", len: len}}, _plan), do: {"pad #{len}\n", []}

  defp field({name, member}, plan) do
    {type, used} = Types.source(Types.member(member), plan)
    {["field ", Types.atom(name), ", ", type, description(member), "\n"], used}
  end

  # Names that are equal in lower case get numbers.
  defp unique(named) do
    {named, _} =
      Enum.map_reduce(named, MapSet.new(), fn {name, member}, taken ->
        free =
          Enum.find(
            Stream.concat([name], Stream.map(Stream.iterate(2, &(&1 + 1)), &"#{name}_#{&1}")),
            &(&1 not in taken)
          )

        {{free, member}, MapSet.put(taken, free)}
      end)

    named
  end

  # Sets

  defp set(set, plan) do
    {rows, used} = rows(set, plan)
    {header, header_used} = header(plan.heads[set.name], set, plan)

    about =
      case set.subset_of do
        nil -> "Attributes of the set `#{set.name}`."
        of -> "Attributes of the set `#{of}` within `#{set.name}`."
      end

    %{
      doc: doc(set.doc, about, plan),
      used: used ++ header_used,
      use: @codec,
      body: ["codec prefix: ", inspect(set.prefix), " do\n", header, rows, "end"]
    }
  end

  defp pair({:pair, set, head}, plan) do
    set = Enum.find(plan.document.sets, %{name: nil, attrs: [], doc: nil}, &(&1.name == set))
    {header, used} = header(head, set, plan)
    module = set.name && plan.modules[{:set, set.name}]
    include = if module, do: ["include ", List.last(String.split(module, ".")), "\n"], else: ""
    about = if module, do: "Message of the set `#{set.name}`", else: "Message without attributes"

    about = about <> about(head)

    %{
      doc: doc(set.doc, about, plan),
      used: List.wrap(module) ++ used,
      use: @codec,
      body: ["codec do\n", header, include, "end"]
    }
  end

  defp about({_, struct}), do: " after `#{Text.c_struct(struct)}`."
  defp about(_none), do: "."

  defp header(nil, _set, _plan), do: {"", []}
  defp header(:generic, _set, _plan), do: {"header Linx.Netlink.Generic.Header\n", []}

  defp header({:generic, name}, set, plan),
    do: header(name, plan.modules[{:header, name}], set, plan)

  defp header({:struct, name}, set, plan),
    do: header(name, plan.modules[{:struct, name}], set, plan)

  # A field whose name an attribute has too gets another one.
  defp header(name, module, set, plan) do
    attrs = for {attr, _} <- attrs(set), do: attr

    fields =
      for {field, %{type: type}} when type != "pad" <- fields(find_struct(name, plan), plan),
          do: field

    renamed =
      for field <- fields, field in attrs, do: "#{field(field)}: :#{field("header_" <> field)}"

    as = if renamed == [], do: "", else: [", as: [", Enum.intersperse(renamed, ", "), "]"]
    {["header ", List.last(String.split(module, ".")), as, "\n"], [module]}
  end

  defp field(name), do: Text.name(name)

  defp rows(set, plan) do
    {rows, used} =
      set
      |> attrs()
      |> Enum.map(fn {name, attr} ->
        {type, used} = Types.source(Types.attr(attr, set, plan), plan)

        {[
           "attr ",
           "#{attr.id}, ",
           Types.atom(name),
           ", ",
           type,
           description(attr),
           c(name, attr),
           "\n"
         ], used}
      end)
      |> Enum.unzip()

    {rows, List.flatten(used)}
  end

  # Attributes that hold something, those first that others depend on, each number once.
  defp attrs(set) do
    selectors = for %{selector: selector} when selector != nil <- set.attrs, do: selector
    {first, rest} = Enum.split_with(set.attrs, &(&1.name in selectors))

    (first ++ rest)
    |> Enum.reject(&(&1.type in ["unused", "pad"]))
    |> Enum.uniq_by(& &1.id)
    |> Enum.map(&{Text.name(&1.name), &1})
    |> unique()
  end

  defp c(name, attr) do
    c = Text.c((attr.prefix || "") <> attr.name)
    if attr.prefix != nil or c != String.upcase(name), do: ", c: #{inspect(c)}", else: ""
  end

  # The text of a row: the specification's, then what the kernel checks.
  defp description(member) do
    checks = Map.get(member, :checks, %{})

    bits =
      if member.type == "bitfield32" and member.enum != nil,
        do: "bits of `#{member.enum.name}`"

    parts = Enum.reject([Text.line(member.doc), bits, range(checks), size(checks)], &is_nil/1)

    if parts == [],
      do: "",
      else: [", ", inspect(Enum.join(parts, "; "), printable_limit: :infinity)]
  end

  defp range(%{"min" => min, "max" => max}) when min != nil and max != nil, do: "#{min} to #{max}"
  defp range(%{"min" => min}) when min != nil, do: "at least #{min}"
  defp range(%{"max" => max}) when max != nil, do: "at most #{max}"
  defp range(_checks), do: nil

  defp size(%{"exact-len" => size}) when size != nil, do: "#{size} bytes"

  defp size(%{"min-len" => min, "max-len" => max}) when min != nil and max != nil,
    do: "#{min} to #{max} bytes"

  defp size(%{"min-len" => min}) when min != nil, do: "at least #{min} bytes"
  defp size(%{"max-len" => max}) when max != nil, do: "at most #{max} bytes"
  defp size(_checks), do: nil

  # Tables

  defp table(message, plan) do
    {entries, used} =
      message
      |> Types.table(plan)
      |> Enum.uniq_by(&elem(&1, 0))
      |> Enum.map(fn {key, type} ->
        {type, used} = Types.source(type, plan)
        {[inspect(key), " => ", type], used}
      end)
      |> Enum.unzip()

    %{
      doc: doc(nil, "Types of `#{message.name}` by the value of the selector.", plan),
      used: List.flatten(used),
      use: "use Linx.Netlink.Codec.Table",
      body: ["table %{", Enum.intersperse(entries, ",\n"), "}"]
    }
  end

  defp doc(text, about, %{document: document}) do
    [about, Text.paragraphs(text), "Kernel side: `include/uapi/#{document.header}`."]
    |> Enum.reject(&is_nil/1)
    |> Enum.join("\n\n")
  end
end

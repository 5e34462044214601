defmodule Linx.Netlink.Spec.Members do
  @moduledoc false
  # Structs, attribute sets and sub-messages of a specification.

  alias Linx.Netlink.Spec.{Document, Error, Node, Text}

  @scalars ~w(u8 u16 u32 u64 s8 s16 s32 s64)
  @types @scalars ++
           ~w(unused pad flag binary bitfield32 uint sint string nest indexed-array) ++
           ~w(nest-type-value sub-message)

  @typedoc "A member of a struct, or an attribute: what the specification declares, by keys."
  @type member :: %{
          required(:name) => String.t(),
          required(:type) => String.t(),
          required(:line) => non_neg_integer(),
          optional(atom()) => term()
        }
  @type struct_of :: %{name: String.t(), doc: String.t() | nil, members: [member()]}

  @type set :: %{
          name: String.t(),
          doc: String.t() | nil,
          prefix: String.t(),
          subset_of: String.t() | nil,
          attrs: [member()]
        }
  @type sub_message :: %{
          name: String.t(),
          formats: [%{value: String.t(), struct: String.t() | nil, set: String.t() | nil}]
        }

  # Structs

  @doc "A struct, whose members may be structs that are declared elsewhere."
  @spec struct_of(Node.t(), Document.t()) :: struct_of()
  def struct_of(node, document) do
    :ok = Document.once!(Node.list(node, "members"), "member")

    %{
      name: Node.text!(node, "name"),
      doc: Node.text(node, "doc"),
      members: for(member <- Node.list(node, "members"), do: member(member, document))
    }
  end

  defp member(node, document) do
    member = common(node, document, @scalars ++ ~w(string binary pad))
    len = Document.value(node, "len", nil, document)

    if member.type in ~w(string binary pad) and len == nil and member.struct == nil,
      do: Error.fail!(member.line, "#{inspect(member.name)} has no length")

    Map.put(member, :len, len)
  end

  # Sets and sub-messages

  @doc "Adds the attribute sets and sub-messages of a specification to a document."
  @spec read(Document.t(), Node.t()) :: Document.t()
  def read(document, node) do
    nodes = Node.list(node, "attribute-sets")
    :ok = Document.once!(nodes, "attribute set")
    {subsets, whole} = Enum.split_with(nodes, &Node.has?(&1, "subset-of"))
    names = for set <- nodes, do: Node.text!(set, "name")

    sets = Map.new(whole, &{Node.text!(&1, "name"), set(&1, document)})
    sets = subsets(subsets, sets, document)
    sub_messages = for message <- Node.list(node, "sub-messages"), do: sub_message(message)

    document = %{
      document
      | sets: for(name <- names, do: Map.fetch!(sets, name)),
        sub_messages: sub_messages
    }

    :ok = check_structs(node, document)
    :ok = check_formats(node, document)
    :ok = Enum.each(nodes, &check_references(&1, document))
    document
  end

  defp set(node, document) do
    name = Node.text!(node, "name")
    :ok = Document.once!(Node.list(node, "attributes"), "attribute")

    {attrs, _next} =
      Enum.map_reduce(Node.list(node, "attributes"), 1, fn attr, next ->
        id = Node.integer(attr, "value", next)
        {attr |> attr(document) |> Map.put(:id, id), id + 1}
      end)

    %{name: name, doc: Node.text(node, "doc"), prefix: prefix(node, name, document)}
    |> Map.merge(%{subset_of: nil, attrs: attrs})
  end

  defp prefix(node, name, document) do
    default = if name == document.name, do: "#{name}-a-", else: "#{document.name}-#{name}-a-"
    Text.c(Node.text(node, "name-prefix", default))
  end

  # A set of a set of a set: as many passes as that needs.
  defp subsets([], sets, _document), do: sets

  defp subsets(nodes, sets, document) do
    {ready, waiting} = Enum.split_with(nodes, &is_map_key(sets, Node.text!(&1, "subset-of")))

    with {[], [node | _]} <- {ready, waiting} do
      {line, name} = Node.get(node, "subset-of")
      Error.fail!(line, "there is no attribute set #{inspect(name)}")
    end

    subsets(waiting, Map.merge(sets, Map.new(ready, &subset(&1, sets, document))), document)
  end

  defp subset(node, sets, document) do
    name = Node.text!(node, "name")
    of = sets[Node.text!(node, "subset-of")]

    attrs =
      for {line, keys} = attr <- Node.list(node, "attributes") do
        name = Node.text!(attr, "name")

        case Enum.find(of.attrs, &(&1.name == name)) do
          nil ->
            Error.fail!(line, "#{of.name} has no attribute #{inspect(name)}")

          whole ->
            {line, Map.merge(whole.keys, keys)}
            |> attr(document)
            |> Map.merge(Map.take(whole, [:id]))
        end
      end

    {name,
     %{
       name: name,
       doc: Node.text(node, "doc"),
       prefix: of.prefix,
       subset_of: of.name,
       attrs: attrs
     }}
  end

  defp attr({_line, keys} = node, document) do
    checks = Node.get(node, "checks") || {0, %{}}
    sub_type = Node.text(node, "sub-type")

    unless sub_type == nil or sub_type in @types do
      {line, _} = Node.get(node, "sub-type")
      Error.fail!(line, "unknown type: #{sub_type}")
    end

    node
    |> common(document, @types)
    |> Map.merge(%{
      keys: keys,
      sub_type: sub_type,
      nested: Node.text(node, "nested-attributes"),
      multi: Node.true?(node, "multi-attr"),
      type_value: Node.texts(node, "type-value"),
      sub_message: Node.text(node, "sub-message"),
      selector: Node.text(node, "selector"),
      prefix: Node.text(node, "name-prefix"),
      checks:
        for key <- ~w(min max min-len max-len exact-len), into: %{} do
          {key, Document.value(checks, key, nil, document)}
        end
    })
    |> needed(node)
  end

  defp common({line, _keys} = node, document, types) do
    type = Node.text!(node, "type")

    unless type in types do
      {line, _} = Node.get(node, "type")
      Error.fail!(line, "unknown type: #{type}")
    end

    %{
      name: Node.text!(node, "name"),
      line: line,
      type: type,
      doc: Node.text(node, "doc"),
      struct: Node.text(node, "struct"),
      enum: if(Node.has?(node, "enum"), do: Document.find!(document.enums, node, "enum")),
      as_flags: Node.true?(node, "enum-as-flags"),
      big: big?(node),
      hint: Node.text(node, "display-hint")
    }
  end

  defp big?(node) do
    case Node.text(node, "byte-order") do
      nil ->
        false

      order when order in ["big-endian", "little-endian"] ->
        order == "big-endian"

      other ->
        {line, _} = Node.get(node, "byte-order")
        Error.fail!(line, "unknown byte order: #{other}")
    end
  end

  @needed %{
    "nest" => ["nested-attributes"],
    "nest-type-value" => ["nested-attributes", "type-value"],
    "indexed-array" => ["sub-type"],
    "sub-message" => ["sub-message", "selector"]
  }

  defp needed(attr, node) do
    keys = Map.get(@needed, attr.type, [])
    keys = if attr.sub_type == "nest", do: ["nested-attributes" | keys], else: keys
    :ok = Enum.each(keys, &Node.fetch!(node, &1))
    attr
  end

  defp sub_message(node) do
    %{
      name: Node.text!(node, "name"),
      formats:
        for format <- Node.list(node, "formats") do
          %{
            value: Node.text!(format, "value"),
            struct: Node.text(format, "fixed-header"),
            set: Node.text(format, "attribute-set")
          }
        end
    }
  end

  # References between them

  defp check_references(set, document) do
    keys = %{
      "nested-attributes" => document.sets,
      "struct" => document.structs,
      "sub-message" => document.sub_messages
    }

    set |> Node.list("attributes") |> Enum.each(&found!(&1, keys))
  end

  defp check_structs(node, document) do
    for definition <- Node.list(node, "definitions"),
        member <- Node.list(definition, "members") do
      found!(member, %{"struct" => document.structs})
    end
    |> Enum.each(&(:ok = &1))
  end

  defp check_formats(node, document) do
    keys = %{"fixed-header" => document.structs, "attribute-set" => document.sets}

    for message <- Node.list(node, "sub-messages"), format <- Node.list(message, "formats") do
      found!(format, keys)
    end
    |> Enum.each(&(:ok = &1))
  end

  @doc "Refuses a node that refers to what is not there, by the keys of these lists."
  @spec found!(Node.t(), %{String.t() => [map()]}) :: :ok
  def found!(node, keys) do
    Enum.each(keys, fn {key, among} ->
      if Node.has?(node, key), do: Document.find!(among, node, key)
    end)
  end
end

defmodule Linx.Netlink.Spec.Document do
  @moduledoc false
  # A specification, read and checked: definitions, attribute sets, sub-messages, operations. Names are
  # those of the specification; a reference to what is not there is a `Linx.Netlink.Spec.Error`.

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Spec.{Error, Members, Node, Operations, Text}

  @protocols ~w(genetlink genetlink-c genetlink-legacy netlink-raw)

  @type entry :: %{name: String.t(), value: integer(), doc: String.t() | nil}

  @typedoc "An enum or flags: the values of flags are numbers of bits."
  @type enum :: %{
          name: String.t(),
          flags: boolean(),
          entries: [entry()],
          doc: String.t() | nil,
          prefix: String.t()
        }

  @type t :: %{
          file: Path.t(),
          name: String.t(),
          raw: boolean(),
          number: non_neg_integer() | nil,
          version: non_neg_integer(),
          doc: String.t() | nil,
          header: String.t(),
          constants: [
            %{
              name: String.t(),
              value: integer() | String.t(),
              doc: String.t() | nil,
              c: String.t()
            }
          ],
          enums: [enum()],
          structs: [Members.struct_of()],
          sets: [Members.set()],
          sub_messages: [Members.sub_message()],
          operations: [Operations.t()],
          groups: [%{name: String.t(), value: integer() | nil, doc: String.t() | nil}]
        }

  @doc "Reads the document of a file."
  @spec of(Node.t(), Path.t()) :: t()
  def of(node, file) do
    name = Node.text!(node, "name")
    protocol = Node.text(node, "protocol", "genetlink")

    unless protocol in @protocols do
      {line, _} = Node.get(node, "protocol")
      Error.fail!(line, "unknown protocol: #{protocol}")
    end

    document = %{
      file: Path.basename(file),
      name: name,
      raw: protocol == "netlink-raw",
      number: Node.integer(node, "protonum"),
      version: Node.integer(node, "version", 1),
      doc: Node.text(node, "doc"),
      header: Node.text(node, "uapi-header", "linux/#{Text.c_struct(name)}.h"),
      constants: [],
      enums: [],
      structs: [],
      sets: [],
      sub_messages: [],
      operations: [],
      groups: groups(Node.get(node, "mcast-groups"))
    }

    document
    |> define(Node.list(node, "definitions"))
    |> Members.read(node)
    |> then(&%{&1 | operations: Operations.read(node, &1)})
  end

  defp groups(nil), do: []

  defp groups(node) do
    for group <- Node.list(node, "list") do
      %{
        name: Node.text!(group, "name"),
        value: Node.integer(group, "value"),
        doc: Node.text(group, "doc")
      }
    end
  end

  # Definitions. Structs refer to others, so they are read after constants and enums.

  defp define(document, nodes) do
    {structs, others} = Enum.split_with(nodes, &(Node.text!(&1, "type") == "struct"))
    document = Enum.reduce(others, document, &definition(Node.text!(&1, "type"), &1, &2))
    :ok = once!(nodes, "definition")
    %{document | structs: for(node <- structs, do: Members.struct_of(node, document))}
  end

  defp definition("const", node, document) do
    name = Node.text!(node, "name")
    {line, value} = Node.fetch!(node, "value")

    unless is_integer(value) or is_binary(value),
      do: Error.fail!(line, "not a value of a constant: #{inspect(value)}")

    constant = %{
      name: name,
      value: value,
      doc: Node.text(node, "doc"),
      c: Node.text(node, "name-prefix", document.name <> "-") <> name
    }

    %{document | constants: document.constants ++ [constant]}
  end

  defp definition(type, node, document) when type in ["enum", "flags"] do
    name = Node.text!(node, "name")
    start = value(node, "value-start", 0, document)

    {entries, _next} =
      node
      |> Node.list("entries")
      |> Enum.map_reduce(start, fn entry, next ->
        entry = entry(entry, next)
        {entry, entry.value + 1}
      end)

    with %{value: value} when type == "flags" <- Enum.find(entries, &(&1.value not in 0..63)) do
      {line, _} = Node.fetch!(node, "entries")
      Error.fail!(line, "not a number of a bit: #{value}")
    end

    enum = %{
      name: name,
      flags: type == "flags",
      entries: entries,
      doc: Node.text(node, "doc"),
      prefix: Text.c(Node.text(node, "name-prefix", "#{document.name}-#{name}-"))
    }

    %{document | enums: document.enums ++ [enum]}
  end

  defp definition(type, node, _document) do
    {line, _} = Node.fetch!(node, "type")
    Error.fail!(line, "unknown type of a definition: #{type}")
  end

  defp entry({_line, %{}} = node, next) do
    %{
      name: Node.text!(node, "name"),
      value: Node.integer(node, "value", next),
      doc: Node.text(node, "doc")
    }
  end

  defp entry({line, list}, _next) when is_list(list), do: Error.fail!(line, "not an entry")
  defp entry({_line, name}, next), do: %{name: to_string(name), value: next, doc: nil}

  # Lookups for the other readers

  @doc "The definition, set or sub-message of a name that a node refers to."
  @spec find!([map()], Node.t(), String.t()) :: map()
  def find!(among, node, key) do
    name = Node.text!(node, key)

    Enum.find(among, &(&1.name == name)) ||
      (
        {line, _} = Node.get(node, key)
        Error.fail!(line, "there is no #{key} #{inspect(name)}")
      )
  end

  @doc "Refuses a name that occurs twice in a list."
  @spec once!([Node.t()], String.t()) :: :ok
  def once!(nodes, what) do
    Enum.reduce(nodes, %{}, fn node, seen ->
      name = Node.text!(node, "name")
      {line, _} = Node.get(node, "name")

      if is_map_key(seen, name),
        do: Error.fail!(line, "the #{what} #{inspect(name)} is there twice")

      Map.put(seen, name, true)
    end)

    :ok
  end

  @doc """
  An integer at a key: a number, the name of a constant, that less one, or a limit such as `u32-max`.
  `nil` for a name that the specification does not define.
  """
  @spec value(Node.t(), String.t(), integer() | nil, t()) :: integer() | nil
  def value(node, key, default, document) do
    case Node.get(node, key) do
      nil -> default
      {_line, number} when is_integer(number) -> number
      {_line, name} -> named(to_string(name), document)
    end
  end

  defp named(name, document) do
    constant =
      Enum.find(document.constants, fn %{name: plain, c: c} ->
        Text.c(name) in [Text.c(plain), Text.c(c)]
      end)

    case {constant, Regex.run(~r/\A([us])(8|16|32|64)-(min|max)\z/, name)} do
      {%{value: value}, _} when is_integer(value) ->
        value

      {nil, [_, sign, bits, end_]} ->
        limit(sign, String.to_integer(bits), end_)

      {nil, nil} ->
        less_one(Regex.run(~r/\A(.+) - 1\z/, name), document)

      _ ->
        nil
    end
  end

  defp limit("u", _bits, "min"), do: 0
  defp limit("u", bits, "max"), do: (1 <<< bits) - 1
  defp limit("s", bits, "min"), do: -(1 <<< (bits - 1))
  defp limit("s", bits, "max"), do: (1 <<< (bits - 1)) - 1

  defp less_one([_, name], document),
    do: with(number when number != nil <- named(name, document), do: number - 1)

  defp less_one(nil, _document), do: nil
end

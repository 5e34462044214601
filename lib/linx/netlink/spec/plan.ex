defmodule Linx.Netlink.Spec.Plan do
  @moduledoc false
  # The modules that a specification becomes, and their names.
  #
  # An attribute set is one module. Where all messages that hold it begin with one header, its module has
  # that header, and is a nest without it elsewhere (`{:attributes, MODULE}` of `Linx.Netlink.Codec`).
  # Where they begin with several, the module has attributes only, and each pair of set and header is a
  # module of its own that includes it.

  alias Linx.Netlink.Spec.{Document, Members, Text}

  @type key ::
          :root
          | :names
          | {:struct | :header | :set | :table, String.t()}
          | {:pair, String.t() | nil, head()}

  @typedoc """
  A header: `:generic` alone or before a struct, or the struct alone. `nil` for none.
  """
  @type head :: :generic | {:generic, String.t()} | {:struct, String.t()} | nil

  @type t :: %{
          document: Document.t(),
          root: String.t(),
          modules: %{key() => String.t()},
          heads: %{String.t() => head()},
          enums: %{{String.t(), :enum | :flags} => String.t()},
          indexed: [String.t()] | :all
        }

  @doc """
  The plan of a document. `root` is the name of the family's module; `indexed` the names of the arrays
  whose elements keep their numbers.
  """
  @spec of(Document.t(), String.t(), [String.t()] | :all) :: t()
  def of(document, root, indexed \\ []) do
    heads = Map.new(document.sets, &{&1.name, heads(&1.name, document)})
    own = Map.new(heads, fn {set, heads} -> {set, if(length(heads) == 1, do: hd(heads))} end)

    pairs =
      for {set, [_, _ | _] = heads} <- Enum.sort(heads), head <- heads, do: {:pair, set, head}

    empty =
      for %{set: nil} = op <- document.operations,
          uniq: true,
          do: {:pair, nil, head(op, document)}

    keys =
      [:names] ++
        for(set <- document.sets, do: {:set, set.name}) ++
        for(struct <- document.structs, do: {:struct, struct.name}) ++
        for(
          {:generic, struct} <- Enum.uniq(List.flatten(Map.values(heads)) ++ heads_of(empty)),
          do: {:header, struct}
        ) ++
        for(message <- document.sub_messages, do: {:table, message.name}) ++ pairs ++ empty

    %{
      document: document,
      root: root,
      modules: keys |> names(root) |> Map.put(:root, root),
      heads: own,
      enums: enums(document),
      indexed: indexed
    }
  end

  defp heads_of(pairs), do: for({:pair, _, head} <- pairs, do: head)

  defp heads(set, document) do
    messages = for %{set: ^set} = op <- document.operations, do: head(op, document)

    formats =
      for %{formats: formats} <- document.sub_messages,
          %{set: ^set, struct: struct} when struct != nil <- formats,
          do: {:struct, struct}

    Enum.uniq(Enum.reject(messages ++ formats, &is_nil/1))
  end

  @doc "The header of the messages of an operation."
  @spec head(map(), Document.t()) :: head()
  def head(%{struct: nil}, %{raw: true}), do: nil
  def head(%{struct: struct}, %{raw: true}), do: {:struct, struct}
  def head(%{struct: nil}, _document), do: :generic
  def head(%{struct: struct}, _document), do: {:generic, struct}

  @doc "The module of the messages with a set and a header."
  @spec message(t(), String.t() | nil, head()) :: String.t()
  def message(plan, set, head) do
    if set != nil and plan.heads[set] == head,
      do: plan.modules[{:set, set}],
      else: plan.modules[{:pair, set, head}] || plan.modules[{:set, set}]
  end

  # Names, each once: a key that comes later gets another name.
  @reserved ["Linx", "Elixir"]

  defp names(keys, root) do
    {names, _taken} =
      Enum.map_reduce(keys, @reserved, fn key, taken ->
        name = Enum.find(candidates(key), &(&1 not in taken))
        {{key, root <> "." <> name}, [name | taken]}
      end)

    Map.new(names)
  end

  defp candidates(key) do
    {name, suffix} =
      case key do
        :names -> {"Names", ""}
        {:set, name} -> {Text.module(name), "Set"}
        {:struct, name} -> {Text.module(name), "Struct"}
        {:header, name} -> {Text.module(name), "Message"}
        {:table, name} -> {Text.module(name), "Table"}
        {:pair, set, head} -> {pair(set, head), "Message"}
      end

    Stream.concat(
      [name, name <> suffix],
      Stream.map(Stream.iterate(2, &(&1 + 1)), &"#{name}#{&1}")
    )
  end

  defp pair(set, head), do: Text.module(set || "empty") <> head_name(head)

  defp head_name({_, struct}), do: Text.module(struct)
  defp head_name(_none), do: ""

  # Functions with the names of enums. One that is used in both forms has two.
  defp enums(document) do
    members =
      for(struct <- document.structs, member <- struct.members, do: member) ++
        for(set <- document.sets, attr <- set.attrs, do: attr)

    used = for %{enum: %{name: name}} = member <- members, uniq: true, do: {name, form(member)}

    plain = for enum <- document.enums, do: {enum.name, if(enum.flags, do: :flags, else: :enum)}

    taken = for constant <- document.constants, do: Text.function(constant.name)

    {functions, _} =
      Enum.map_reduce(Enum.uniq(plain ++ used), taken, fn {name, form}, taken ->
        function = Text.function(name)
        more = if form == :flags, do: "_flags", else: "_values"
        function = if function in taken, do: function <> more, else: function
        {{{name, form}, function}, [function | taken]}
      end)

    Map.new(functions)
  end

  @doc "Whether a member's enum is read as values or as flags."
  @spec form(Members.member()) :: :enum | :flags
  def form(%{enum: %{flags: true}}), do: :flags
  def form(%{as_flags: true}), do: :flags
  def form(_member), do: :enum
end

defmodule Linx.Netlink.Spec.Types do
  @moduledoc false
  # Types of a specification as types of `Linx.Netlink.Codec`. A type is a term in which `{:module, name}`
  # stands for a module and `{:names, function}` for a list of names.

  alias Linx.Netlink.Spec.{Error, Members, Plan}

  @host Map.new(
          [:u8, :u16, :u32, :u64, :s8, :s16, :s32, :s64, :uint, :sint],
          &{Atom.to_string(&1), &1}
        )
  @scalars ~w(u8 u16 u32 u64 s8 s16 s32 s64)
  @big %{
    "u16" => :be16,
    "u32" => :be32,
    "u64" => :be64,
    "s16" => :sbe16,
    "s32" => :sbe32,
    "s64" => :sbe64
  }
  @widths %{"u8" => 8, "u16" => 16, "u32" => 32, "u64" => 64, "uint" => 64}

  @type t :: term()

  @doc "The type of an attribute in a set."
  @spec attr(Members.member(), Members.set(), Plan.t()) :: t()
  def attr(attr, set, plan) do
    type = single(attr.type, attr, set, plan)
    if attr.multi, do: {:repeated, type}, else: type
  end

  defp single("nest", attr, _set, plan), do: nest(attr.nested, plan)
  defp single("flag", _attr, _set, _plan), do: :flag
  defp single("string", _attr, _set, _plan), do: :string
  defp single("bitfield32", _attr, _set, _plan), do: :bitfield32
  defp single("sub-message", attr, set, plan), do: dispatch(attr, set, plan)

  defp single("nest-type-value", attr, _set, plan) do
    Enum.reduce(attr.type_value, nest(attr.nested, plan), fn _name, type -> {:indexed, type} end)
  end

  defp single("indexed-array", attr, set, plan) do
    of = single(attr.sub_type, attr, set, plan)

    if plan.indexed == :all or "#{set.name}/#{attr.name}" in plan.indexed,
      do: {:indexed, of},
      else: {:array, of}
  end

  defp single("binary", %{struct: struct, sub_type: nil}, _set, plan) when struct != nil,
    do: {:module, plan.modules[{:struct, struct}]}

  defp single("binary", %{type: "binary", sub_type: sub} = attr, _set, _plan)
       when sub in @scalars,
       do: {:packed, integer(sub, attr)}

  defp single("binary", attr, _set, _plan) do
    case {attr.hint, attr.checks["exact-len"]} do
      {hint, _} when hint in ~w(ipv4 ipv6 ipv4-or-v6) -> {:module, "Linx.IP"}
      {"mac", 6} -> {:module, "Linx.MAC"}
      {"mac", _} -> {:module, "Linx.LinkAddress"}
      {_, size} when is_integer(size) and size > 0 -> {:binary, size}
      _ -> :binary
    end
  end

  # An address in network order is a value; the bytes of one in host order are not in its order.
  defp single("u32", %{hint: "ipv4", big: true}, _set, _plan), do: {:module, "Linx.IP"}
  defp single(type, attr, _set, _plan), do: integer(type, attr)

  defp nest(set, plan) do
    module = {:module, plan.modules[{:set, set}]}
    if plan.heads[set] == nil, do: {:nested, module}, else: {:attributes, module}
  end

  @doc "The type of a member of a struct, which has a fixed width."
  @spec member(Members.member()) :: t()
  def member(%{type: type, len: len}) when type in ~w(string binary), do: {:binary, len}
  def member(member), do: integer(member.type, member)

  defp integer(type, %{enum: %{name: name} = enum} = attr) do
    form = Plan.form(attr)

    if Enum.all?(enum.entries, &fits?(&1.value, form, type)),
      do: {form, scalar(type, attr), {:names, {name, form}}},
      else: scalar(type, attr)
  end

  defp integer(type, attr), do: scalar(type, attr)

  defp fits?(bit, :flags, "s" <> _ = type),
    do: bit < @widths["u" <> binary_part(type, 1, byte_size(type) - 1)] - 1

  defp fits?(bit, :flags, type), do: bit < @widths[type]
  defp fits?(value, :enum, "s" <> _), do: value in -0x80..0x7FFFFFFF
  defp fits?(value, :enum, type), do: value >= 0 and Integer.pow(2, @widths[type]) > value

  defp scalar(type, %{big: true}) when is_map_key(@big, type), do: Map.fetch!(@big, type)
  defp scalar(type, _attr), do: Map.fetch!(@host, type)

  # Sub-messages

  defp dispatch(attr, set, plan) do
    table = {:module, plan.modules[{:table, attr.sub_message}]}

    if Enum.any?(set.attrs, &(&1.name == attr.selector)),
      do: {:dispatch, {:field, attr.selector}, table},
      else: {:dispatch, {:outer, {:field, attr.selector}}, table}
  end

  @doc """
  The table of a sub-message: keys are values of the selector, which is in the set of the attribute or in
  one around it.
  """
  @spec table(Members.sub_message(), Plan.t()) :: [{term(), t()}]
  def table(message, plan) do
    attrs = for set <- plan.document.sets, attr <- set.attrs, do: {set, attr}

    {set, %{selector: name} = attr} =
      Enum.find(attrs, {nil, %{selector: nil, line: 0}}, fn {_, attr} ->
        attr.sub_message == message.name
      end)

    all = if set, do: set.attrs ++ Enum.map(attrs, &elem(&1, 1)), else: []

    selector =
      Enum.find(all, &(&1.name == name)) || (name && no_selector(attr)) || %{type: "string"}

    for format <- message.formats,
        do: {key(format.value, selector, attr), format(format, plan)}
  end

  @spec no_selector(Members.member()) :: no_return()
  defp no_selector(attr),
    do: Error.fail!(attr.line, "there is no selector #{inspect(attr.selector)}")

  defp key(value, %{type: type}, _attr) when type in ["string", "binary"], do: value

  defp key(value, %{enum: %{entries: entries}}, attr) do
    case Enum.find(entries, &(&1.name == value)) do
      %{value: number} -> number
      nil -> Error.fail!(attr.line, "the selector is never #{inspect(value)}")
    end
  end

  defp key(value, _selector, attr) do
    case Integer.parse(value) do
      {number, ""} -> number
      _ -> Error.fail!(attr.line, "the selector is never #{inspect(value)}")
    end
  end

  defp format(%{set: nil, struct: nil}, _plan), do: :binary
  defp format(%{set: nil, struct: struct}, plan), do: {:module, plan.modules[{:struct, struct}]}
  defp format(%{set: set, struct: nil}, plan), do: nest(set, plan)

  defp format(%{set: set, struct: struct}, plan),
    do: {:module, Plan.message(plan, set, {:struct, struct})}

  # Sources

  @doc "The source of a type, in which modules have their short names, and the modules that it names."
  @spec source(t(), Plan.t()) :: {String.t(), [String.t()]}
  def source(type, plan) do
    {text, used} = write(type, plan)
    {IO.iodata_to_binary(text), Enum.uniq(List.flatten(used))}
  end

  defp write({:module, "Linx." <> _ = name}, _plan), do: {name, []}
  defp write({:module, name}, _plan), do: {name |> String.split(".") |> List.last(), [name]}

  defp write({:names, key}, plan),
    do: {"Names.#{plan.enums[key]}()", [plan.modules[:names]]}

  defp write({:field, name}, _plan), do: {atom(name), []}

  defp write(tuple, plan) when is_tuple(tuple) do
    {texts, used} = tuple |> Tuple.to_list() |> Enum.map(&write(&1, plan)) |> Enum.unzip()
    {["{", Enum.intersperse(texts, ", "), "}"], used}
  end

  defp write(other, _plan), do: {inspect(other), []}

  @doc "The source of the atom of a name."
  @spec atom(String.t()) :: String.t()
  def atom(name), do: inspect(String.to_atom(Linx.Netlink.Spec.Text.name(name)))
end

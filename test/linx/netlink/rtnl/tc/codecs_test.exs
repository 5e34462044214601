defmodule Linx.Netlink.Rtnl.Tc.CodecsTest do
  # Each struct of traffic control with a value in every field, of each kind: written, read, cut and extended.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Codec.{Definition, Type}
  alias Linx.Test.Captured

  @addresses %{
    Linx.IP => "2001:db8::1",
    Linx.MAC => "02:00:00:00:00:01",
    Linx.LinkAddress => "02:00:00:00:00:01"
  }

  defp codecs do
    {:ok, modules} = :application.get_key(:linx, :modules)

    for module <- modules,
        inspect(module) =~ ~r/^Linx\.Netlink\.Rtnl\.Tc\./,
        Code.ensure_loaded?(module),
        function_exported?(module, :__codec__, 0),
        do: module
  end

  test "every struct with all fields is read as it was written" do
    assert length(codecs()) > 130

    for module <- codecs(), struct <- structs(module) do
      nils = for {field, nil} <- Map.from_struct(struct), do: field
      assert {module, nils -- selected(module)} == {module, []}
      assert Captured.check(module, module.encode(struct)) == struct
    end
  end

  test "every kind of a table is there" do
    for {module, least} <- [
          {Linx.Netlink.Rtnl.Tc.Qdisc, 30},
          {Linx.Netlink.Rtnl.Tc.Class, 5},
          {Linx.Netlink.Rtnl.Tc.Filter, 9},
          {Linx.Netlink.Rtnl.Tc.Action.Entry, 19}
        ] do
      kinds = for %{kind: kind, options: %{}} <- structs(module), uniq: true, do: kind
      assert {module, length(kinds) >= least} == {module, true}
    end
  end

  # Fields that have no value in a struct alone, or for some of the keys.
  defp selected(module), do: for(%{name: name, type: {:dispatch, _, _}} <- rows(module), do: name)

  defp rows(module) do
    definition = module.__codec__(:definition)
    Enum.filter(definition.header, &is_map/1) ++ Definition.rows(%{definition | header: []})
  end

  # One struct for each key of the tables by which a field selects the type of others.
  defp structs(module) do
    keys =
      for %{type: {:dispatch, field, table}} <- rows(module),
          is_atom(field),
          key <- Map.keys(table(table)),
          uniq: true,
          do: %{field => key}

    for given <- if(keys == [], do: [%{}], else: keys), do: filled(module, given, %{})
  end

  defp table(table) when is_map(table), do: table
  defp table(module), do: module.__table__()

  # A struct with given fields, within structs with the fields of `outer`.
  defp filled(module, given, outer) do
    given =
      Map.merge(
        for(
          %{type: {:dispatch, field, table}} <- rows(module),
          is_atom(field),
          into: %{},
          do: {field, table |> table() |> Map.keys() |> Enum.min()}
        ),
        given
      )

    fields =
      for %{name: name, type: type} <- rows(module), into: %{} do
        {name, Map.get_lazy(given, name, fn -> value(type, given, Map.merge(outer, given)) end)}
      end

    struct!(module, fields)
  end

  defp value({:dispatch, {:outer, field}, table}, _given, outer),
    do: selected(table(table)[outer[field]], outer)

  defp value({:dispatch, field, table}, given, outer),
    do: selected(table(table)[given[field]], outer)

  defp value(type, _given, outer), do: value(type, outer)

  defp selected(nil, _outer), do: nil
  defp selected(type, outer), do: value(type, outer)

  defp value({:enum, _scalar, [{name, _} | _]}, _outer), do: name

  defp value({:flags, _scalar, names}, _outer),
    do: for({name, _} <- Enum.sort_by(names, &elem(&1, 1)), do: name)

  defp value({:bool, _scalar}, _outer), do: true
  defp value({:binary, size}, _outer), do: :binary.copy(<<0xA5>>, size)
  defp value(:ticks, _outer), do: 64 * 0xFFFFFFFF
  defp value(:string, _outer), do: "text"
  defp value(:binary, _outer), do: <<1, 2, 3>>
  defp value(:flag, _outer), do: true
  defp value(:uint, _outer), do: 0xFFFFFFFFFFFFFFFF
  defp value(:bitfield32, _outer), do: {1, 3}
  defp value({tag, type}, outer) when tag in [:nested, :attributes], do: value(type, outer)
  defp value({:indexed, type}, outer), do: [{1, value(type, outer)}, {7, value(type, outer)}]

  defp value({tag, type}, outer) when tag in [:array, :packed, :repeated],
    do: [value(type, outer), value(type, outer)]

  defp value({:array, type, _id}, outer), do: value({:array, type}, outer)

  defp value(module, _outer) when is_map_key(@addresses, module) do
    {:ok, address} = module.cast(@addresses[module])
    address
  end

  defp value(type, outer) do
    cond do
      Type.scalar?(type) and Type.signed?(type) -> -(2 ** (8 * Type.width(type) - 1))
      Type.scalar?(type) -> 2 ** (8 * Type.width(type)) - 1
      Type.conversion(type) == :codec -> filled(type, %{}, outer)
    end
  end
end

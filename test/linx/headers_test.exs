defmodule Linx.HeadersTest do
  # The numbers in the library's tables are those of the kernel's headers, name by name. What
  # is newer than the machine's headers has to be listed as such, and is compared with what
  # newer headers have said.
  #
  # LINX_HEADERS=DIR reads the headers of another kernel: a folder with linux, asm, asm-generic.
  use ExUnit.Case, async: true

  import Bitwise

  alias Linx.Test.{Headers, KernelNames}

  unless Headers.available?() or System.get_env("CI") do
    IO.puts(:stderr, "No kernel headers or no C compiler: the numbers are not compared.")
    @moduletag skip: "no kernel headers or no C compiler"
  end

  # So many names there are at least; a gate that looks at none would be open.
  @least 1600

  setup_all do
    table = KernelNames.table()

    claims =
      for({module, entry} <- table, claim <- KernelNames.claims(module, entry), do: claim) ++
        KernelNames.attributes() ++
        KernelNames.constants() ++
        KernelNames.devconf() ++ KernelNames.errnos() ++ KernelNames.functions()

    layouts =
      for {module, entry} <- table,
          struct <- List.wrap(entry[:struct]),
          do: {module, struct, KernelNames.layout(module, entry)}

    names = for {_, name, _, _} <- claims, is_binary(name), uniq: true, do: name
    structs = Enum.group_by(layouts, &elem(&1, 1), &KernelNames.members(elem(&1, 2)))

    structs =
      Map.new(structs, fn {struct, members} -> {struct, Enum.uniq(Enum.concat(members))} end)

    kernel = Headers.read(KernelNames.headers(), names, structs)

    %{
      table: table,
      claims: claims,
      layouts: layouts,
      kernel: kernel,
      values: Map.merge(KernelNames.newer_values(), kernel.values),
      absent: KernelNames.absent(kernel.version)
    }
  end

  test "every codec module is in the table, and nothing else", %{table: table} do
    codecs = KernelNames.codecs()
    assert codecs -- Map.keys(table) == []
    assert Map.keys(table) -- codecs == []
  end

  test "every number is the one of its name", %{claims: claims, values: values} do
    compared =
      for {where, name, number, how} <- claims, value = values[name] do
        {same?(number, value, how), {where, number, name, value}}
      end

    assert lines(for {false, difference} <- compared, do: difference) == ""
    assert length(compared) >= @least
  end

  test "every number has a name in the headers", %{absent: absent} = context do
    unnamed =
      for {where, name, number, _how} <- context.claims,
          not match?({:kernel, _file}, name),
          context.kernel.values[name] == nil,
          not is_binary(name) or (absent != :unknown and name not in absent),
          do: {where, name, number}

    assert lines(unnamed) == ""
  end

  test "every option takes the names of its field", %{table: table} do
    assert Enum.flat_map(table, fn {module, entry} ->
             KernelNames.unnamed_options(module, entry)
           end) ==
             []
  end

  test "every header is laid out like its C struct",
       %{kernel: kernel, absent: absent} = context do
    for {module, struct, {fields, size}} <- context.layouts do
      case kernel.structs[struct] do
        nil ->
          assert {module, struct, absent} == {module, struct, :unknown}

        there ->
          theirs = theirs(struct, fields, there, absent)
          assert {module, fields, size} == {module, theirs, elem(there, 0)}
      end
    end
  end

  test "what is listed as newer is used, and is listed once", context do
    listed = Enum.concat(Map.values(KernelNames.newer()))

    members =
      for {_, struct, {fields, _}} <- context.layouts,
          {_, member, _, _} when is_binary(member) <- fields,
          do: "#{struct}.#{member}"

    assert listed -- Enum.uniq(listed) == []
    assert listed -- (members ++ for({_, name, _, _} <- context.claims, do: name)) == []
  end

  defmodule Sample do
    # A number in every place that a schema has for one.
    use Linx.Netlink.Codec
    use Linx.Netlink.Options

    codec do
      header do
        field :family, {:enum, :u8, inet: 101}
        field :bits, {:flags, :u16, one: 102}
      end

      attr 103, :kind, {:enum, :u32, up: 104}
      attr 105, :list, {:array, {:repeated, {:flags, :u8, two: 106}}, 107}
      attr 108, :data, {:dispatch, :family, %{109 => {:array, {:enum, :u8, three: 110}, 111}}}
    end

    options(
      kind: {{:enum, down: 112}, ""},
      bits: {{:flags, four: 113}, ""},
      list: {{:masked, [five: 114], __MODULE__}, ""}
    )
  end

  test "no number of a schema is left out, and none passes without a name" do
    every = Enum.to_list(101..114)
    options = [kind: "A_", bits: "B_", list: "C_"]

    claims = KernelNames.claims(Sample, attrs: "X_", options: options)
    assert Enum.sort(for {_, _, number, _} <- claims, do: number) == every

    claims = KernelNames.claims(Sample, [])
    names = for {_, name, number, _} <- claims, number <= 111, do: name
    assert length(names) == 11
    refute Enum.any?(names, &is_binary/1)

    assert [{Sample, :kind, _}, {Sample, :bits, _}, {Sample, :list, _}] =
             KernelNames.unnamed_options(Sample, [])
  end

  test "a version between two that were looked at has to have what the older one has" do
    assert KernelNames.absent({6, 8}) == KernelNames.absent({6, 1})
    assert KernelNames.absent({6, 18}) == KernelNames.absent({6, 12})
    assert MapSet.size(KernelNames.absent({7, 2})) == 0
    assert KernelNames.absent({5, 15}) == :unknown
  end

  test "what is listed as newer has the number that newer headers give it", context do
    names = KernelNames.newer() |> Map.values() |> Enum.concat() |> Enum.reject(&(&1 =~ "."))
    values = KernelNames.newer_values()

    assert Enum.sort(Map.keys(values)) == Enum.sort(names)

    assert Map.take(context.kernel.values, names) ==
             Map.take(values, Map.keys(context.kernel.values))
  end

  # The places of fields as the headers have them.
  defp theirs(struct, fields, {_size, members}, absent) do
    for {name, member, _, _} = field <- fields do
      case place(member, members) do
        {offset, size} -> {name, member, offset, size}
        nil -> if newer?(struct, member, absent), do: field, else: {name, member, nil, nil}
      end
    end
  end

  defp newer?(_struct, _member, :unknown), do: true
  defp newer?(struct, member, absent) when is_binary(member), do: "#{struct}.#{member}" in absent
  defp newer?(_struct, _member, _absent), do: false

  defp place({member, offset, size}, members) do
    with {at, _size} <- members[member], do: {at + offset, size}
  end

  defp place(member, members), do: members[member]

  # All of them, which a failed assertion would not show of a list.
  defp lines(list), do: Enum.map_join(list, "\n", &inspect/1)

  # A mask of 16 or 32 bits is a negative int to C.
  defp same?(number, value, :same) do
    value == number or (value < 0 and number in [value &&& 0xFFFFFFFF, value &&& 0xFFFF])
  end

  defp same?(number, value, :bit), do: 1 <<< value == number

  defp same?(number, value, :be16) do
    <<in_order::big-16>> = <<value::native-16>>
    number == in_order
  end
end

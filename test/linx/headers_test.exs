defmodule Linx.HeadersTest do
  # The numbers in the library's tables equal those of the kernel's headers, name by name. Names
  # that are newer than the machine's headers have to be listed as such, and are compared with the
  # numbers recorded from newer headers.
  #
  # LINX_HEADERS=DIR reads the headers of another kernel: a folder with linux, asm, asm-generic.
  use ExUnit.Case, async: true

  import Bitwise

  alias Linx.Test.{HeaderNames, Headers}

  unless Headers.available?() or System.get_env("CI") do
    IO.puts(:stderr, "No kernel headers or no C compiler: the numbers are not compared.")
    @moduletag skip: "no kernel headers or no C compiler"
  end

  # The least number of names to be compared: a test that compared none would pass.
  @least 1600

  setup_all do
    codecs = HeaderNames.codecs()

    claims =
      Enum.flat_map(codecs, &HeaderNames.claims/1) ++
        HeaderNames.attributes() ++
        HeaderNames.constants() ++
        HeaderNames.errnos() ++ HeaderNames.families() ++ HeaderNames.functions()

    layouts =
      for module <- codecs,
          struct = module.__codec__(:definition).struct,
          do: {module, struct, HeaderNames.layout(module)}

    names = for {_, name, _, _} <- claims, is_binary(name), uniq: true, do: name
    structs = Enum.group_by(layouts, &elem(&1, 1), &HeaderNames.members(elem(&1, 2)))

    structs =
      Map.new(structs, fn {struct, members} -> {struct, Enum.uniq(Enum.concat(members))} end)

    kernel = Headers.read(HeaderNames.headers(), names, structs)

    %{
      codecs: codecs,
      claims: claims,
      layouts: layouts,
      kernel: kernel,
      values: Map.merge(HeaderNames.newer_values(), kernel.values),
      absent: HeaderNames.absent(kernel.version)
    }
  end

  test "every number equals that of its name", %{claims: claims, values: values} do
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

  test "every option takes the names of its field", %{codecs: codecs} do
    assert Enum.flat_map(codecs, &HeaderNames.unnamed_options/1) == []
  end

  # The kernel has no struct for a port of MDBA_ROUTER: its index precedes the attributes. A key of
  # WireGuard is bytes.
  test "every header has the name of its C struct", %{codecs: codecs} do
    without =
      for module <- codecs,
          %{struct: nil, header: [_ | _]} <- [module.__codec__(:definition)],
          do: module

    assert without == [
             Linx.Netlink.Generic.WireGuard.Key.Public,
             Linx.Netlink.Generic.WireGuard.Key.Secret,
             Linx.Netlink.Rtnl.Link.BridgeRouterPort
           ]
  end

  test "every header has the layout of its C struct",
       %{kernel: kernel, absent: absent} = context do
    for {module, struct, {fields, size}} <- context.layouts do
      case kernel.structs[struct] do
        nil ->
          old? = for {_, member, _, _} <- fields, do: not newer?(struct, member, absent)
          assert {module, Enum.any?(old?)} == {module, false}

        c_struct ->
          theirs = theirs(struct, fields, c_struct, absent)
          # Attributes begin at a multiple of four bytes (NLMSG_ALIGNTO).
          aligned = div(elem(c_struct, 0) + 3, 4) * 4
          grown? = size > elem(c_struct, 0) and newer_at_end?(struct, fields, absent)
          size = if size == aligned or grown?, do: elem(c_struct, 0), else: size
          assert {module, fields, size} == {module, theirs, elem(c_struct, 0)}
      end
    end
  end

  test "every name listed as newer is used, and listed once", context do
    listed = for {name, _version, _number} <- HeaderNames.newer(), do: name

    members =
      for {_, struct, {fields, _}} <- context.layouts,
          {_, member, _, _} when member != nil <- fields,
          do: "#{struct}.#{member(member)}"

    assert listed -- Enum.uniq(listed) == []
    assert listed -- (members ++ for({_, name, _, _} <- context.claims, do: name)) == []
  end

  defmodule Sample do
    # A codec with a number in every position where a schema can have one.
    use Linx.Netlink.Codec
    use Linx.Netlink.Options

    codec prefix: "X_" do
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

  defmodule Named do
    use Linx.Netlink.Codec
    use Linx.Netlink.Options

    codec prefix: "X_" do
      header "struct x" do
        field :family, {:enum, :u8, inet: 101}, values: "A_"
        field :bits, {:flags, :u16, one: 102}, values: {"B_", one: "OTHER"}
      end

      attr 103, :kind, {:enum, :u32, up: 104}, c: "X_TYPE", values: {:bit, "C_"}

      attr 105, :list, {:array, {:repeated, {:flags, :u8, two: 106}}, 107},
        element: "X_ENTRY",
        values: {{:be16, "D_"}, two: "TWO"}

      attr 108, :data, {:dispatch, :family, %{109 => {:array, {:enum, :u8, three: 110}, 111}}},
        keys: %{109 => "KEY"},
        element: "X_ELEMENT",
        values: {:kernel, "net/x.c"}

      attr 115, :ours, :u8, c: nil
    end

    options(
      kind: {{:enum, down: 112}, "", values: "E_"},
      bits: {{:flags, four: 113}, "", values: "F_"},
      list: {{:masked, [five: 114], __MODULE__}, "", values: "G_"}
    )
  end

  test "every number of a schema is compared, and one without a name is reported" do
    claims = HeaderNames.claims(Sample)
    names = for {_, name, number, _} <- claims, number <= 111, do: {number, name}
    assert for({number, "X_" <> _} <- names, do: number) == [103, 105, 108]

    assert for({number, {:unnamed, _}} <- Enum.sort(names), do: number) == [
             101,
             102,
             104,
             106,
             107,
             109,
             110,
             111
           ]

    assert [{Sample, :kind, _}, {Sample, :bits, _}, {Sample, :list, _}] =
             HeaderNames.unnamed_options(Sample)
  end

  test "the names given in a row are assigned to the numbers of the row" do
    claims = for {_, name, number, how} <- HeaderNames.claims(Named), do: {number, name, how}

    assert Enum.sort(claims) == [
             {101, "A_INET", :same},
             {102, "OTHER", :same},
             {103, "X_TYPE", :same},
             {104, "C_UP", :bit},
             {105, "X_LIST", :same},
             {106, "TWO", :be16},
             {107, "X_ENTRY", :same},
             {108, "X_DATA", :same},
             {109, "KEY", :same},
             {110, {:kernel, "net/x.c"}, :same},
             {111, "X_ELEMENT", :same},
             {112, "E_DOWN", :same},
             {113, "F_FOUR", :same},
             {114, "G_FIVE", :same}
           ]

    assert HeaderNames.unnamed_options(Named) == []
  end

  test "a version between two compared versions must have the names of the older one" do
    assert HeaderNames.absent({6, 8}) == HeaderNames.absent({6, 1})
    assert HeaderNames.absent({6, 18}) == HeaderNames.absent({6, 12})
    assert MapSet.size(HeaderNames.absent({7, 2})) == 0
    assert HeaderNames.absent({5, 15}) == :unknown
  end

  test "every name listed as newer has the number that the headers define", context do
    values = HeaderNames.newer_values()

    for {name, _version, nil} <- HeaderNames.newer(), do: assert(name =~ ".")

    assert Map.take(context.kernel.values, Map.keys(values)) ==
             Map.take(values, Map.keys(context.kernel.values))
  end

  # The fields with their offsets and sizes in the headers.
  defp theirs(struct, fields, {_size, members}, absent) do
    for {name, member, _, _} = field <- fields do
      case place(member, members) do
        {offset, size} -> {name, member, offset, size}
        nil -> if newer?(struct, member, absent), do: field, else: {name, member, nil, nil}
      end
    end
  end

  defp newer?(_struct, _member, :unknown), do: true
  defp newer?(_struct, nil, _absent), do: false
  defp newer?(struct, member, absent), do: "#{struct}.#{member(member)}" in absent

  # A newer kernel appends fields.
  defp newer_at_end?(struct, fields, absent) do
    {_, member, _, _} = Enum.max_by(fields, &elem(&1, 2))
    newer?(struct, member, absent)
  end

  defp member({member, _offset, _size}), do: member
  defp member(member), do: member

  defp place({member, offset, size}, members) do
    with {at, _size} <- members[member], do: {at + offset, size}
  end

  defp place(member, members), do: members[member]

  # All elements as text: a failed assertion would not show all elements of a list.
  defp lines(list), do: Enum.map_join(list, "\n", &inspect/1)

  # A mask of 16 or 32 bits may be a negative int in C.
  defp same?(number, value, :same) do
    value == number or (value < 0 and number in [value &&& 0xFFFFFFFF, value &&& 0xFFFF])
  end

  defp same?(number, value, :bit), do: 1 <<< value == number

  defp same?(number, value, :be16) do
    <<in_order::big-16>> = <<value::native-16>>
    number == in_order
  end
end

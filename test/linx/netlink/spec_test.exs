defmodule Linx.Netlink.SpecTest do
  # Small specifications of each feature, as modules: their values and bytes. Names of modules are unique
  # to a test.
  use ExUnit.Case, async: true

  import ExUnit.CaptureIO
  import Linx.Test.SpecFiles

  alias Linx.Netlink.Attr

  setup :spec_folder

  @nested 0x8000

  @head """
  name: %NAME%
  protocol: genetlink-legacy
  doc: A family of tests.
  """

  @get """
  operations:
    list:
      - name: get
        doc: Reads one.
        attribute-set: main
        do: {request: {attributes: [id]}, reply: {attributes: [id]}}
        dump: {reply: {attributes: [id]}}
  """

  defp part(module, name), do: Module.concat(module, name)
  defp new(module, name, values), do: struct!(part(module, name), values)

  defp encode(struct), do: struct.__struct__.encode(struct)

  # The attributes of a struct with a header of 4 bytes.
  defp attrs(struct) do
    <<_::32, attrs::binary>> = encode(struct)
    Attr.decode(attrs)
  end

  defp same(struct), do: assert(struct.__struct__.decode(encode(struct)) == struct)

  test "scalars, texts, binaries and checks", context do
    module =
      load(
        context,
        @head <>
          """
          definitions:
            - {name: size, type: const, value: 4, doc: Bytes of a key.}
          attribute-sets:
            - name: main
              name-prefix: tst-a-
              attributes:
                - {name: id, type: u32, doc: "Number, see ``size``.", checks: {min: 1, max: u16-max}}
                - {name: port, type: u16, byte-order: big-endian}
                - {name: skipped, type: unused}
                - {name: delta, type: s64}
                - {name: long, type: uint, value: 9}
                - {name: short, type: sint}
                - {name: on, type: flag}
                - {name: text, type: string, checks: {max-len: size - 1}}
                - {name: key, type: binary, checks: {exact-len: size}}
                - {name: blob, type: binary}
                - {name: bits, type: bitfield32}
                - {name: pad, type: pad}
                - {name: words, type: binary, sub-type: u16}
                - {name: mac, type: binary, display-hint: mac}
                - {name: ether, type: binary, display-hint: mac, checks: {exact-len: 6}}
                - {name: v4, type: u32, byte-order: big-endian, display-hint: ipv4}
                - {name: host, type: u32, display-hint: ipv4}
                - {name: v6, type: binary, display-hint: ipv6}
                - {name: "true", type: u8}
                - {name: 6rd, type: u8}
          """ <> @get
      )

    main =
      new(module, :Main,
        id: 7,
        port: 80,
        delta: -1,
        long: 0x100000000,
        short: -2,
        on: true,
        text: "ab",
        key: "1234",
        blob: "x",
        bits: {1, 3},
        words: [1, 2],
        mac: Linx.LinkAddress.decode(<<1, 2, 3>>),
        ether: Linx.MAC.decode(<<2, 0, 0, 0, 0, 1>>),
        v4: Linx.IP.decode(<<192, 0, 2, 1>>),
        host: 1,
        v6: Linx.IP.decode(<<0x2001::16, 0x0DB8::16, 0::80, 1::16>>)
      )
      |> Map.merge(%{true_: 1, "6rd": 2})

    same(main)

    assert attrs(main) == [
             {1, <<7::native-32>>},
             {2, <<80::16>>},
             {4, <<-1::native-64>>},
             {9, <<0x100000000::native-64>>},
             {10, <<-2::native-32>>},
             {11, ""},
             {12, "ab\0"},
             {13, "1234"},
             {14, "x"},
             {15, <<1::native-32, 3::native-32>>},
             {17, <<1::native-16, 2::native-16>>},
             {18, <<1, 2, 3>>},
             {19, <<2, 0, 0, 0, 0, 1>>},
             {20, <<192, 0, 2, 1>>},
             {21, <<1::native-32>>},
             {22, <<0x2001::16, 0x0DB8::16, 0::80, 1::16>>},
             {23, <<1>>},
             {24, <<2>>}
           ]

    assert_raise ArgumentError, fn -> encode(%{main | key: "123"}) end
    rows = part(module, :Main).__codec__(:definition).attrs
    text = &Enum.find(rows, fn row -> row.name == &1 end).text
    assert text.(:id) == "Number, see `size`; 1 to 65535"
    assert text.(:text) == "at most 3 bytes"
    assert Enum.find(rows, &(&1.name == :delta)).c == "TST_A_DELTA"
    assert part(module, :Names).size() == 4
  end

  test "enums, flags, their starts, second names and both forms", context do
    module =
      load(
        context,
        @head <>
          """
          definitions:
            - {name: mode, type: enum, value-start: 2, entries: [a, {name: b-c, doc: The second.}, {name: d, value: 9}, e]}
            - {name: same, type: enum, entries: [x, {name: y, value: 0}]}
            - {name: abilities, type: flags, value-start: 1, entries: [low, high]}
            - {name: wide, type: enum, entries: [{name: far, value: 300}]}
          attribute-sets:
            - name: main
              attributes:
                - {name: id, type: u32, enum: mode}
                - {name: masks, type: u32, enum: mode, enum-as-flags: true}
                - {name: flags, type: u8, enum: abilities}
                - {name: same, type: u8, enum: same}
                - {name: wide, type: u8, enum: wide}
                - {name: long, type: uint, enum: abilities}
          """ <> @get
      )

    names = part(module, :Names)
    assert names.mode() == [a: 2, b_c: 3, d: 9, e: 10]
    assert names.mode_flags() == [a: 4, b_c: 8, d: 512, e: 1024]
    assert names.abilities() == [low: 2, high: 4]
    assert names.same() == [x: 0, y: :x]

    main =
      new(module, :Main, id: :e, masks: [:a, :d], flags: [:high], same: :x, wide: 7, long: [:low])

    same(main)

    assert attrs(main) == [
             {1, <<10::native-32>>},
             {2, <<516::native-32>>},
             {3, <<4>>},
             {4, <<0>>},
             {5, <<7>>},
             {6, <<2::native-32>>}
           ]

    assert [{4, <<0>>}] = attrs(new(module, :Main, same: :y))
  end

  test "nests, subsets, arrays, numbers in types", context do
    text =
      @head <>
        """
        attribute-sets:
          - name: main
            attributes:
              - {name: id, type: u32}
              - {name: inner, type: nest, nested-attributes: part}
              - {name: list, type: indexed-array, sub-type: nest, nested-attributes: part}
              - {name: many, type: u8, multi-attr: true}
              - {name: numbers, type: indexed-array, sub-type: u16, byte-order: big-endian}
              - {name: typed, type: nest-type-value, type-value: [a, b], nested-attributes: part}
              - {name: self, type: nest, nested-attributes: main}
          - name: full
            attributes:
              - {name: zero, type: u8, value: 0}
              - {name: one, type: u8}
              - {name: two, type: binary}
          - name: part
            subset-of: full
            attributes:
              - {name: two, type: u16}
              - {name: one}
        """ <> @get

    module = load(context, text)
    one = new(module, :Part, one: 1)
    two = new(module, :Part, two: 2)

    main =
      new(module, :Main,
        inner: two,
        list: [one, two],
        many: [1, 2],
        numbers: [80],
        typed: [{5, [{6, one}]}],
        self: new(module, :Main, id: 3)
      )

    same(main)
    bytes = &Attr.encode/1

    assert attrs(main) == [
             {2 + @nested, bytes.([{2, <<2::native-16>>}])},
             {3 + @nested,
              bytes.([
                {1 + @nested, bytes.([{1, <<1>>}])},
                {2 + @nested, bytes.([{2, <<2::native-16>>}])}
              ])},
             {4, <<1>>},
             {4, <<2>>},
             {5 + @nested, bytes.([{1, <<80::16>>}])},
             {6 + @nested,
              bytes.([{5 + @nested, bytes.([{6 + @nested, bytes.([{1, <<1>>}])}])}])},
             {7 + @nested, bytes.([{1, <<3::native-32>>}])}
           ]

    capture_io(:stderr, fn ->
      module = load(context, text, indexed: ["main/list"])
      main = new(module, :Main, list: [{4, new(module, :Part, one: 1)}], numbers: [1])
      assert [{_, <<_::32, _::binary>> = list}, {_, _}] = attrs(main)
      assert [{4 + @nested, bytes.([{1, <<1>>}])}] == Attr.decode(list)
    end)
  end

  test "structs: paddings of C, structs within structs, names that differ in case", context do
    module =
      load(
        context,
        @head <>
          """
          definitions:
            - name: inner
              type: struct
              members: [{name: tag, type: u8}, {name: number, type: u32}]
            - name: outer
              type: struct
              members:
                - {name: Log, type: u8}
                - {name: log, type: u8}
                - {name: part, type: binary, struct: inner}
                - {name: gap, type: pad, len: 3}
                - {name: label, type: string, len: 4}
                - {name: port, type: u16, byte-order: big-endian}
          attribute-sets:
            - name: main
              attributes:
                - {name: id, type: u32}
                - {name: data, type: binary, struct: outer}
          """ <> @get
      )

    outer =
      new(module, :Outer, log: 1, log_2: 2, part_tag: 3, part_number: 4, label: "abcd", port: 5)

    same(outer)

    assert encode(outer) ==
             <<1, 2, 0::16, 3, 0::24, 4::native-32, 0::24, "abcd", 0, 5::16, 0::16>>

    assert attrs(new(module, :Main, data: outer)) == [{2, encode(outer)}]
  end

  test "a raw protocol: headers, sub-messages by a selector here and further out", context do
    module =
      load(
        context,
        """
        name: %NAME%
        protocol: netlink-raw
        protonum: 3
        doc: A protocol of tests.
        definitions:
          - name: head
            type: struct
            members: [{name: id, type: u8}, {name: pad, type: pad, len: 3}]
          - {name: opt, type: struct, members: [{name: limit, type: u32}]}
          - {name: sorts, type: enum, entries: [none, first]}
        attribute-sets:
          - name: main
            attributes:
              - {name: options, type: sub-message, sub-message: options, selector: kind}
              - {name: kind, type: string}
              - {name: stats, type: nest, nested-attributes: stats}
              - {name: id, type: u8}
              - {name: sort, type: u32, enum: sorts}
              - {name: by-sort, type: sub-message, sub-message: by-sort, selector: sort}
          - name: stats
            attributes:
              - {name: app, type: sub-message, sub-message: app, selector: kind}
          - name: red
            attributes:
              - {name: limit, type: u32}
        sub-messages:
          - name: options
            formats:
              - {value: red, attribute-set: red}
              - {value: fifo, fixed-header: opt}
              - {value: both, fixed-header: opt, attribute-set: red}
              - {value: none}
          - {name: app, formats: [{value: red, attribute-set: red}]}
          - {name: by-sort, formats: [{value: first, attribute-set: red}]}
        operations:
          enum-model: directional
          fixed-header: head
          list:
            - name: new
              doc: Makes one.
              attribute-set: main
              do: {request: {value: 20, attributes: [id]}}
            - name: get
              doc: Reads one.
              attribute-set: main
              do: {request: {attributes: [id]}, reply: {value: 30, attributes: [id]}}
            - {name: get-ntf, doc: Notifies., notify: get, mcgrp: all}
        mcast-groups:
          list: [{name: all, value: 5}]
        """
      )

    assert module.protocol() == 3
    main = part(module, :Main)

    assert module.messages() == %{
             new: %{type: 20, reply: nil, module: main, do: true, dump: false},
             get: %{type: 21, reply: 30, module: main, do: true, dump: false}
           }

    assert module.notifications() == [{31, main, :get_ntf}]
    assert module.groups() == %{"all" => 5}

    # `red` is a message after a header too: elsewhere it is a nest without it.
    red = new(module, :Red, limit: 5)
    nest = Attr.encode([{1, <<5::native-32>>}])
    kind = &{2, &1 <> "\0"}

    for {name, value, payload} <- [
          {"red", red, {1 + @nested, nest}},
          {"fifo", new(module, :Opt, limit: 6), {1, <<6::native-32>>}},
          {"both", %{red | header_limit: 7}, {1, <<7::native-32, nest::binary>>}},
          {"none", "bytes", {1, "bytes"}},
          {"other", nil, nil}
        ] do
      main = new(module, :Main, id: 1, header_id: 9, kind: name, options: value)
      assert <<9, 0::24, _::binary>> = encode(main)
      assert attrs(main) == Enum.reject([kind.(name), payload, {4, <<1>>}], &is_nil/1)
      same(main)
    end

    main = new(module, :Main, kind: "red", stats: new(module, :Stats, app: red))
    assert attrs(main) == [kind.("red"), {3 + @nested, Attr.encode([{1 + @nested, nest}])}]
    same(main)

    main = new(module, :Main, sort: :first, by_sort: red)
    assert attrs(main) == [{5, <<1::native-32>>}, {6 + @nested, nest}]
    same(main)
  end

  test "numbers of operations, in one numbering and in one for each direction", context do
    sets = """
    attribute-sets:
      - {name: main, attributes: [{name: id, type: u32}]}
      - {name: other, attributes: [{name: id, type: u8}]}
    """

    list = """
      list:
        - {name: get, doc: A., attribute-set: main, flags: [admin-perm], do: {request: {attributes: [id]}, reply: {attributes: [id]}}, dump: {}}
        - {name: get-ntf, doc: B., notify: get, mcgrp: all}
        - {name: set, doc: C., attribute-set: other, do: {request: {VALUE attributes: [id]}}}
        - {name: gone, doc: D., attribute-set: other, event: {attributes: [id]}, mcgrp: all}
        - {name: nothing, doc: E., do: {request: {}}}
    mcast-groups: {list: [{name: all}]}
    """

    unified = String.replace(list, "VALUE", "")
    module = load(context, @head <> sets <> "operations:\n" <> unified)
    [main, other, empty] = Enum.map([:Main, :Other, :Empty], &part(module, &1))
    family = module.__family__()
    assert %{name: _, version: 1, groups: ["all"]} = family
    numbers = for {name, row} <- family.commands, do: {name, row.id, row.module, row.dump}

    assert Enum.sort(numbers) ==
             [{:get, 1, main, true}, {:nothing, 5, empty, false}, {:set, 3, other, false}]

    assert family.events == [{2, main, :get_ntf}, {4, other, :gone}]
    assert encode(struct!(empty)) == <<0::32>>

    capture_io(:stderr, fn ->
      directional = String.replace(list, "VALUE", "value: 7,")
      text = @head <> sets <> "operations:\n  enum-model: directional\n" <> directional
      family = load(context, text).__family__()
      numbers = for {name, row} <- family.commands, do: {name, row.id}
      assert Enum.sort(numbers) == [get: 1, nothing: 8, set: 7]
      assert family.events == [{2, main, :get_ntf}, {3, other, :gone}]
    end)
  end
end

defmodule Linx.Netlink.Listener.DecoderTest do
  # Not async: it reloads modules.
  use ExUnit.Case

  alias Linx.Netlink.{Attr, Message, Native, Rtnl}
  alias Linx.Netlink.Listener.Decoder
  alias Linx.Netlink.Rtnl.{Fdb, Link, Neighbour, Route}
  alias Linx.Netlink.Rtnl.Monitor.Event

  defmodule Upper do
    @type t :: String.t()
    def encode(text), do: String.downcase(text)
    def decode(bytes), do: String.upcase(bytes)
  end

  defmodule WithCustomType do
    use Linx.Netlink.Codec

    codec do
      header do
        field :number, :u32
      end

      attr 1, :text, Linx.Netlink.Listener.DecoderTest.Upper
    end
  end

  @route 24
  @link 16
  @neighbour 28

  setup do
    on_exit(fn -> Code.put_compiler_option(:ignore_module_conflict, false) end)
    Code.put_compiler_option(:ignore_module_conflict, true)
    :ok
  end

  # The notifications of these messages, which were received together.
  defp decode(rows, messages) when is_list(rows), do: decode(Decoder.new(rows), messages)

  defp decode(%Decoder{table: table, ops: ops}, messages) do
    bytes = messages |> Enum.map(&Message.encode/1) |> IO.iodata_to_binary()
    Native.notifications_dirty(table, ops, bytes)
  end

  defp route(n, flags \\ 0) do
    attrs = Attr.encode([{1, <<10, n::24>>}, {4, <<rem(n, 3)::native-32>>}])
    body = <<2, 32, 0, 0, 254, 4, 0, 1, 0::32>> <> attrs
    %Message{type: @route, flags: flags, seq: n, payload: body}
  end

  defp link(name) do
    body = <<0::32, 7::native-32, 0::64>> <> Attr.encode([{3, name <> <<0>>}])
    %Message{type: @link, payload: body}
  end

  # An attribute that is longer than the body.
  defp broken(type),
    do: %Message{type: type, payload: <<0::96, 200::native-16, 1::native-16, 0::32>>}

  test "a notification is the term of its row, its struct, and its flags" do
    rows = [{@route, nil, Route, {:any, "term"}}, {@link, nil, Link, :link}]

    assert [{{:any, "term"}, %Route{} = route, 0x600}, {:link, %Link{index: 7, name: "x"}, 0}] =
             decode(rows, [route(5, 0x600), link("x")])

    assert route == Route.decode(route(5).payload)
    assert decode(rows, []) == []
  end

  test "many notifications of several types are decoded as each of them is" do
    rows = [{@route, nil, Route, :route}, {@link, nil, Link, :link}]

    messages =
      for n <- 1..200, do: if(rem(n, 7) == 0, do: link("l#{n}"), else: route(n, rem(n, 5)))

    expected =
      for %{type: type, flags: flags, payload: body} <- messages do
        if type == @route,
          do: {:route, Route.decode(body), flags},
          else: {:link, Link.decode(body), flags}
      end

    assert decode(rows, messages) == expected
  end

  test "a notification that cannot be decoded is a message, amid others" do
    rows = [{@route, nil, Route, :route}]

    for count <- [1, 2, 10, 100] do
      routes = for n <- 1..count, do: route(n)
      decoded = for n <- 1..count, do: {:route, Route.decode(route(n).payload), 0}
      broken = broken(@route)
      assert decode(rows, routes ++ [broken | routes]) == decoded ++ [broken | decoded]
    end
  end

  test "without a row, or without rows, a notification is a message" do
    assert decode([{@route, nil, Route, :route}], [link("x"), route(1)]) ==
             [link("x"), {:route, Route.decode(route(1).payload), 0}]

    assert decode([], [link("x"), broken(@route), %Message{type: 99}]) ==
             [link("x"), broken(@route), %Message{type: 99}]
  end

  test "a row of one family counts for that family, and one without a codec decodes nothing" do
    body = fn family -> <<family, 0::24, 3::native-32, 0::32>> end
    message = fn family -> %Message{type: @neighbour, flags: 9, payload: body.(family)} end
    rows = [{@neighbour, nil, Neighbour, :neighbour}, {@neighbour, 7, Fdb, :fdb}]

    assert [{:neighbour, %Neighbour{family: 2}, 9}, {:fdb, %Fdb{ifindex: 3}, 9}] =
             decode(rows, [message.(2), message.(7)])

    rows = [{@neighbour, nil, Neighbour, :neighbour}, {@neighbour, 7, nil, :skipped}]
    broken = %Message{broken(@neighbour) | payload: <<7, 1>>}

    assert [{:neighbour, %Neighbour{}, 9}, {:skipped, nil, 9}, {:skipped, nil, 0}] =
             decode(rows, [message.(2), message.(7), broken])
  end

  test "the message is left to Elixir if its codec has custom types" do
    message = %Message{type: 1, payload: <<5::native-32>> <> Attr.encode([{1, "abc"}])}
    assert WithCustomType.decode(message.payload).text == "ABC"
    rows = [{1, nil, WithCustomType, :custom}, {@link, nil, Link, :link}]
    assert [^message, {:link, %Link{}, 0}] = decode(rows, [message, link("x")])

    # Also where another row has the other families.
    rows = [{1, 5, WithCustomType, :custom}, {1, nil, Link, :link}]
    assert [^message] = decode(rows, [message])
  end

  test "a module that is loaded again is decoded by its new rows" do
    name = "#{inspect(__MODULE__)}.Reloaded"

    load = fn row ->
      Code.compile_string(
        "defmodule #{name} do\nuse Linx.Netlink.Codec\ncodec do\n#{row}\nend\nend"
      )

      Module.concat([name])
    end

    module = load.("attr 1, :old, :u8")
    message = %Message{type: 1, payload: Attr.encode([{1, "ab"}])}
    decoder = Decoder.new([{1, nil, module, :reloaded}])
    assert [{:reloaded, %{old: ?a}, 0}] = decode(decoder, [message])

    # The first use after a load compares, and later ones need not.
    decoder = Decoder.current(decoder)
    assert decoder.epoch != nil
    assert Decoder.current(decoder) == decoder

    load.("attr 1, :new, :string")
    current = Decoder.current(decoder)
    assert [{:reloaded, %{new: "ab"}, 0}] = decode(current, [message])
    assert current.table != decoder.table
    assert [{:reloaded, %{old: ?a}, 0}] = decode(decoder, [message])

    # A load of another module makes no other table.
    current = Decoder.current(current)
    Code.compile_string("defmodule #{name}.Other do\nuse Linx.Netlink.Codec\ncodec do\nend\nend")
    assert Decoder.current(current).table == current.table
  end

  test "a module without a codec is left to Elixir" do
    for module <- [String, NoSuchModule] do
      rows = [{@route, nil, module, :none}, {@link, nil, Link, :link}]
      assert [message, {:link, %Link{}, 0}] = decode(rows, [route(1), link("x")])
      assert message == route(1)
    end
  end

  test "a row with a number out of range, or of another form, is refused" do
    for row <- [
          {0x10000, nil, Link, :x},
          {-1, nil, Link, :x},
          {1, 256, Link, :x},
          {1, :inet, Link, :x},
          {1, nil, "Link", :x},
          {1, nil, Link},
          :row
        ],
        do: assert_raise(ArgumentError, ~r/not a row/, fn -> Decoder.new([row]) end)
  end

  test "every resource of rtnetlink is decoded as by its module" do
    rows = Event.rows(Enum.to_list(1..36))
    resources = for %{groups: [_ | _]} = resource <- Rtnl.resources(), do: resource
    assert length(resources) > 8

    for resource <- resources, op <- [:new, :del], type = resource.messages[op] do
      body = resource.module.encode(struct(resource.module))

      body =
        if resource.family,
          do: <<resource.family>> <> binary_part(body, 1, byte_size(body) - 1),
          else: body

      message = %Message{type: type, payload: body}
      assert [notification] = decode(rows, [message])
      refute is_struct(notification)
      assert Event.decode(notification) == Event.decode(message)
      assert Event.decode(notification).op == resource.ops[op]
    end
  end
end

defmodule Linx.Netlink.CodecTest.Inner do
  use Linx.Netlink.Codec

  codec do
    attr 1, :label, :string
  end
end

defmodule Linx.Netlink.CodecTest.Tcp do
  use Linx.Netlink.Codec

  codec do
    attr(1, :port, :u16)
  end
end

# A custom type, for a value that no other type expresses.
defmodule Linx.Netlink.CodecTest.Millis do
  def encode(s), do: <<s * 1000::native-32>>
  def decode(<<ms::native-32>>), do: ms / 1000
  def decode(_), do: nil
end

defmodule Linx.Netlink.CodecTest.Message do
  use Linx.Netlink.Codec

  alias Linx.Netlink.CodecTest.{Inner, Millis, Tcp}

  codec do
    header do
      field :family, :u8
      pad 3
      field :index, :s32
    end

    attr 1, :name, :string
    attr 2, :inner, Inner
    attr 3, :delay, Millis
    attr 4, :kind, :string
    attr 5, :data, {:dispatch, :kind, %{"tcp" => Tcp}}
    attr 6, :raw, :binary
    attr 7, :ip, Linx.IP
    attr 8, :mac, Linx.MAC
  end

  def named(name), do: %__MODULE__{name: name}
end

defmodule Linx.Netlink.CodecTest.Scalars do
  use Linx.Netlink.Codec

  codec do
    header do
      field :a, :u8
      field :b, :s8
      field :c, :u16
      field :d, :s16
      field :e, :u32
      field :f, :s32
      field :g, :u64
    end

    attr 1, :u8, :u8
    attr 2, :u16, :u16
    attr 3, :u32, :u32
    attr 4, :u64, :u64
    attr 5, :s8, :s8
    attr 6, :s16, :s16
    attr 7, :s32, :s32
  end
end

defmodule Linx.Netlink.CodecTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.CodecTest.{Inner, Message, Millis, Scalars, Tcp}

  @zeros <<0::64>>

  defp decoded(attrs), do: Message.decode(@zeros <> Attr.encode(attrs))

  describe "the struct" do
    test "has header fields with 0 and attributes with nil" do
      assert %Message{} |> Map.from_struct() |> Map.delete(:index) |> Map.values() |> Enum.uniq() ==
               [nil, 0]

      assert %Message{}.family == 0
    end

    test "can be used in functions after the block" do
      assert Message.named("x") == %Message{name: "x"}
    end
  end

  describe "the schema" do
    test "is data, in source order" do
      assert Message.__codec__() == %{
               module: Message,
               header: [{:field, :family, :u8}, {:pad, 3}, {:field, :index, :s32}],
               attrs: [
                 {1, :name, :string},
                 {2, :inner, Inner},
                 {3, :delay, Millis},
                 {4, :kind, :string},
                 {5, :data, {:dispatch, :kind, %{"tcp" => Tcp}}},
                 {6, :raw, :binary},
                 {7, :ip, Linx.IP},
                 {8, :mac, Linx.MAC}
               ]
             }
    end

    test "of a codec without a header has an empty header" do
      assert Inner.__codec__() == %{module: Inner, header: [], attrs: [{1, :label, :string}]}
    end

    test "use imports codec/1 and codec/2, and nothing else" do
      env = Code.eval_string("use Linx.Netlink.Codec; __ENV__") |> elem(0)
      assert {Linx.Netlink.Codec, [codec: 1, codec: 2]} in env.macros
      refute List.keymember?(env.functions, Linx.Netlink.Codec, 0)
    end
  end

  describe "encoding" do
    test "writes the header at its widths, pads as zeros, then attributes in order" do
      message = %Message{family: 2, index: -3, kind: "k", name: "z"}

      assert Message.encode(message) ==
               <<2, 0::24, -3::native-32, Attr.encode([{1, "z\0"}, {4, "k\0"}])::binary>>
    end

    test "adds no alignment" do
      assert byte_size(Scalars.encode(%Scalars{})) == 22
    end

    test "writes scalars at the ends of their ranges, and refuses values beyond" do
      for {name, low, high} <- [
            {:u8, 0, 0xFF},
            {:u16, 0, 0xFFFF},
            {:u32, 0, 0xFFFFFFFF},
            {:u64, 0, 0xFFFFFFFFFFFFFFFF},
            {:s8, -0x80, 0x7F},
            {:s16, -0x8000, 0x7FFF},
            {:s32, -0x80000000, 0x7FFFFFFF}
          ] do
        for value <- [low, high] do
          scalars = Map.put(%Scalars{}, name, value)
          assert Scalars.decode(Scalars.encode(scalars)) == scalars
        end

        for value <- [low - 1, high + 1] do
          assert_raise ArgumentError,
                       ~r/Scalars.*:#{name}.*#{value}.*does not fit :#{name}/,
                       fn ->
                         %Scalars{} |> Map.put(name, value) |> Scalars.encode()
                       end
        end
      end
    end

    test "writes integers in native byte order" do
      assert <<1, 2, 3::native-16, 4::native-16, 5::native-32, 6::native-32, 7::native-64>> =
               Scalars.encode(%Scalars{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7})
    end

    test "raises FunctionClauseError for a struct of another module" do
      assert_raise FunctionClauseError, fn -> Message.encode(%Inner{}) end
      assert_raise FunctionClauseError, fn -> Message.encode(%{}) end
    end

    test "takes iodata for a binary" do
      assert Message.encode(%Message{raw: ["a", ?b]}) == @zeros <> Attr.encode([{6, "ab"}])
    end

    test "refuses values of a wrong type and names module and field" do
      for {fields, text} <- [
            {[name: 7], "not a string"},
            {[name: :atom], "not a string"},
            {[raw: :atom], "not a binary"},
            {[inner: %Tcp{}], "not a %Linx.Netlink.CodecTest.Inner{}"},
            {[inner: "bytes"], "not a %Linx.Netlink.CodecTest.Inner{}"},
            {[family: "2"], "not an integer"},
            {[family: 2.0], "not an integer"},
            {[index: 0x100000000], "does not fit :s32"},
            {[ip: "10.0.0.1"], "not a %Linx.IP{}"},
            {[ip: %Linx.IP{family: :inet, bytes: "abc"}], "not a %Linx.IP{}"},
            {[mac: "02:00:00:00:00:01"], "not a %Linx.MAC{}"}
          ] do
        [{field, _}] = fields
        error = assert_raise ArgumentError, fn -> Message.encode(struct!(Message, fields)) end
        assert error.message =~ "Linx.Netlink.CodecTest.Message"
        assert error.message =~ inspect(field)
        assert error.message =~ text
      end
    end

    test "names the innermost field" do
      message = %Message{kind: "tcp", data: %Tcp{port: 70_000}}
      assert_raise ArgumentError, ~r/CodecTest.Tcp.*:port/, fn -> Message.encode(message) end
    end

    test "refuses a string that contains NUL" do
      for text <- ["a\0", "\0", "a\0b"] do
        assert_raise ArgumentError, ~r/NUL/, fn -> Message.encode(%Message{name: text}) end
      end
    end

    test "refuses a payload that does not fit the 16-bit length" do
      assert byte_size(Message.encode(%Message{raw: :binary.copy("z", 65_531)})) == 8 + 65_536

      assert_raise ArgumentError, ~r/65532 bytes/, fn ->
        Message.encode(%Message{raw: :binary.copy("z", 65_532)})
      end

      assert_raise ArgumentError, ~r/fit/, fn ->
        Message.encode(%Message{inner: %Inner{label: :binary.copy("z", 65_530)}})
      end
    end

    test "writes a nil header field as 0" do
      assert Message.encode(%Message{family: nil, index: nil}) == @zeros
    end
  end

  describe "decoding" do
    test "is the inverse of encoding" do
      message = %Message{
        index: 9,
        name: "x",
        inner: %Inner{label: "y"},
        kind: "tcp",
        data: %Tcp{port: 80},
        raw: <<0, 255>>,
        ip: %Linx.IP{family: :inet6, bytes: <<1::128>>},
        mac: %Linx.MAC{bytes: <<2, 0, 0, 0, 0, 1>>}
      }

      assert Message.decode(Message.encode(message)) == message
    end

    test "raises FunctionClauseError for a term other than a binary" do
      for bad <- [nil, [], <<1::3>>] do
        assert_raise FunctionClauseError, fn -> Message.decode(bad) end
      end
    end

    test "takes the first attribute of an id and skips undeclared ones" do
      assert decoded([{99, "?"}, {1, "one\0"}, {1, "two\0"}]) == %Message{name: "one"}
    end

    test "ignores the flag bits of a received id" do
      for flags <- [0x8000, 0x4000, 0xC000] do
        assert decoded([{flags + 1, "x\0"}]).name == "x"
      end
    end

    test "reads a scalar from the front of a longer payload" do
      assert Tcp.decode(Attr.encode([{1, <<80::native-16, 9, 9, 9>>}])).port == 80
    end

    test "drops all NULs at the end of a string and no others" do
      for {payload, text} <- [{"", ""}, {"\0\0", ""}, {"ab", "ab"}, {"a\0b\0\0", "a\0b"}] do
        assert decoded([{1, payload}]).name == text
      end
    end

    test "keeps the raw payload where no codec is registered" do
      assert decoded([{4, "udp\0"}, {5, "raw"}]).data == "raw"
      assert decoded([{5, "raw"}]).data == "raw"
      assert decoded([{4, "udp\0"}]).data == nil
    end

    test "finds a dispatched codec also where its selector follows" do
      port = Attr.encode([{1, <<80::native-16>>}])
      assert decoded([{5, port}, {4, "tcp\0"}]).data == %Tcp{port: 80}
    end

    test "returns nil for scalars that are too short" do
      attrs = for id <- 1..7, do: {id, ""}
      assert Scalars.decode(<<0::176>> <> Attr.encode(attrs)) == %Scalars{}
      assert Tcp.decode(Attr.encode([{1, <<1>>}])) == %Tcp{}
    end

    test "returns nil for addresses of another length" do
      for size <- Enum.to_list(0..20) -- [4, 16] do
        assert decoded([{7, <<0::size(size)-unit(8)>>}]).ip == nil
      end

      for size <- Enum.to_list(0..20) -- [6] do
        assert decoded([{8, <<0::size(size)-unit(8)>>}]).mac == nil
      end

      assert decoded([{7, <<10, 0, 0, 1>>}]).ip == %Linx.IP{family: :inet, bytes: <<10, 0, 0, 1>>}
    end

    test "returns nil for header fields that a short body does not contain" do
      assert Message.decode("") == %Message{family: nil, index: nil}
      assert Message.decode(<<2, 0, 0, 0, 1>>) == %Message{family: 2, index: nil}
    end

    test "returns an empty struct for an empty nested attribute" do
      assert decoded([{2, ""}]).inner == %Inner{}
    end

    test "raises for a length that is inconsistent with the bytes" do
      for len <- [0, 3, 9, 0xFFFF] do
        bytes = @zeros <> <<len::native-16, 1::native-16, 0::32>>
        assert_raise ArgumentError, ~r/length #{len}/, fn -> Message.decode(bytes) end
      end

      assert_raise ArgumentError, fn -> decoded([{2, <<3::native-16, 0::16>>}]) end
    end

    test "returns a message or raises ArgumentError for bytes truncated at any offset" do
      bytes =
        Message.encode(%Message{
          name: "abc",
          inner: %Inner{label: "y"},
          kind: "tcp",
          data: %Tcp{port: 1}
        })

      for size <- 0..byte_size(bytes) do
        try do
          assert %Message{} = Message.decode(binary_part(bytes, 0, size))
        rescue
          ArgumentError -> :ok
        end
      end
    end

    test "returns the struct of a body much larger than a datagram" do
      big = :binary.copy("z", 60_000)
      bytes = Message.encode(%Message{name: "x", raw: big})
      assert Message.decode(bytes) == %Message{name: "x", raw: big}
    end

    test "creates no atom from the bytes" do
      text = Enum.map_join(1..20, fn _ -> <<Enum.random(?a..?z)>> end)
      assert decoded([{4, text}, {5, "x"}, {1, text}]).kind == text
      assert_raise ArgumentError, fn -> String.to_existing_atom(text) end
    end
  end

  describe "a dispatched attribute without codec" do
    test "cannot be written" do
      for kind <- ["udp", nil] do
        assert_raise ArgumentError, ~r/no codec registered/, fn ->
          Message.encode(%Message{kind: kind, data: "raw"})
        end
      end
    end
  end

  describe "a custom type" do
    test "is called with the value and with the payload" do
      message = %Message{delay: 2}
      assert Message.encode(message) == @zeros <> Attr.encode([{3, <<2000::native-32>>}])
      assert Message.decode(Message.encode(message)).delay == 2.0
      assert decoded([{3, "short"}]).delay == nil
      assert decoded([]).delay == nil
    end
  end

  test "500 random messages decode to the structs that were encoded" do
    :rand.seed(:exsss, {5, 7, 11})

    for _ <- 1..500 do
      message = %Message{
        family: :rand.uniform(256) - 1,
        index: :rand.uniform(0x100000000) - 0x80000001,
        name: maybe(fn -> text() end),
        inner: maybe(fn -> %Inner{label: maybe(fn -> text() end)} end),
        raw: maybe(fn -> :rand.bytes(:rand.uniform(200) - 1) end),
        ip: maybe(fn -> Linx.IP.decode(:rand.bytes(Enum.random([4, 16]))) end),
        mac: maybe(fn -> Linx.MAC.decode(:rand.bytes(6)) end)
      }

      message =
        if :rand.uniform(2) == 1,
          do: %{message | kind: "tcp", data: %Tcp{port: :rand.uniform(0x10000) - 1}},
          else: message

      assert Message.decode(Message.encode(message)) == message
    end
  end

  test "random bytes decode to a message or raise ArgumentError" do
    :rand.seed(:exsss, {13, 17, 19})

    for _ <- 1..3_000 do
      attrs = for _ <- 1..3, do: {:rand.uniform(9), :rand.bytes(:rand.uniform(20))}
      bytes = @zeros <> Attr.encode(attrs) <> :rand.bytes(:rand.uniform(6))

      try do
        assert %Message{} = Message.decode(bytes)
      rescue
        ArgumentError -> :ok
      end
    end
  end

  defp maybe(fun), do: if(:rand.uniform(3) == 1, do: nil, else: fun.())
  defp text, do: for(_ <- 1..:rand.uniform(100), into: "", do: <<:rand.uniform(255)>>)
end

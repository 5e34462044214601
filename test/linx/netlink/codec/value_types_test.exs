defmodule Linx.Netlink.Codec.ValueTypesTest.Text do
  # A custom type.
  def encode({:text, text}), do: text
  def decode(text), do: {:text, text}
end

defmodule Linx.Netlink.Codec.ValueTypesTest.Stats do
  use Linx.Netlink.Codec

  codec do
    attr 1, :number, :u8

    attr 2,
         :app,
         {:dispatch, {:outer, :kind},
          %{
            "n" => :u32,
            "t" => Linx.Netlink.Codec.ValueTypesTest.Text,
            "s" => {:nested, __MODULE__}
          }}

    attr 3, :more, {:indexed, {:nested, __MODULE__}}
  end
end

defmodule Linx.Netlink.Codec.ValueTypesTest.Object do
  use Linx.Netlink.Codec

  codec do
    attr 1, :kind, :string
    attr 2, :stats, {:nested, Linx.Netlink.Codec.ValueTypesTest.Stats}
  end
end

defmodule Linx.Netlink.Codec.ValueTypesTest.Values do
  use Linx.Netlink.Codec

  codec do
    header do
      field :s16, :sbe16
      field :s64, :sbe64
    end

    attr 1, :s32, :sbe32
    attr 2, :key, {:binary, 4}
    attr 3, :bands, {:indexed, :u16}
    attr 4, :enums, {:packed, {:enum, :u16, a: 1, b: 2}}
    attr 5, :flags, {:packed, {:flags, :be16, x: 1, y: 2}}
    attr 6, :endpoint, :sockaddr
    attr 7, :signed, {:enum, :sbe16, minus: -1}
    attr 8, :ips, {:indexed, Linx.IP}
    attr 9, :names, {:patterns, 1, 2}
  end
end

defmodule Linx.Netlink.Codec.ValueTypesTest do
  use ExUnit.Case, async: true

  alias Linx.{IP, Netlink.Attr, Netlink.Codec}
  alias Linx.Netlink.Codec.ValueTypesTest.{Object, Stats, Values}

  defp attr(fields) do
    <<_::binary-size(10), attrs::binary>> = Values.encode(struct!(Values, fields))
    [{_id, payload}] = Attr.decode(attrs)
    payload
  end

  defp read(id, payload), do: Values.decode(<<0::80>> <> Attr.encode([{id, payload}]))

  test "signed scalars may be big endian" do
    assert <<-2::signed-16, -3::signed-64>> = Values.encode(%Values{s16: -2, s64: -3})
    assert attr(s32: -300) == <<-300::signed-32>>
    assert read(1, <<-300::signed-32>>).s32 == -300
    assert Values.decode(<<-2::signed-16, -3::signed-64>>) == %Values{s16: -2, s64: -3}
    assert attr(signed: :minus) == <<-1::signed-16>>
    assert read(7, <<-1::signed-16>>).signed == :minus
    assert_raise ArgumentError, ~r/fit :sbe32/, fn -> attr(s32: 0x80000000) end
  end

  test "a binary of a fixed size can be an attribute" do
    assert attr(key: "abcd") == "abcd"
    assert read(2, "abcd").key == "abcd"
    assert read(2, "abc").key == nil
    assert_raise ArgumentError, ~r/:key/, fn -> attr(key: "abc") end
  end

  test "an indexed list holds each value with the id of its attribute" do
    nest = Attr.encode([{7, <<1::native-16>>}, {0, <<2::native-16>>}])
    assert attr(bands: [{7, 1}, {0, 2}]) == nest
    assert read(3, nest).bands == [{7, 1}, {0, 2}]
    assert read(3, "").bands == []
    ip = IP.parse!("10.0.0.1")
    assert read(8, attr(ips: [{3, ip}])).ips == [{3, ip}]

    for bad <- [[1], [{1, -1}], [{:a, 1}], 3],
        do: assert_raise(ArgumentError, ~r/:bands/, fn -> attr(bands: bad) end)
  end

  test "packed values of a fixed width are contiguous" do
    assert attr(enums: [:b, 9, :a]) == <<2::native-16, 9::native-16, 1::native-16>>
    assert read(4, <<2::native-16, 9::native-16>>).enums == [:b, 9]
    assert attr(flags: [[:x, :y], []]) == <<3::16, 0::16>>
    assert read(5, <<3::16, 0::16>>).flags == [[:x, :y], []]
  end

  test "a socket address is an address and a port" do
    for {ip, bytes} <- [
          {"10.0.0.1", <<2::native-16, 80::16, 10, 0, 0, 1, 0::64>>},
          {"fe80::1", <<10::native-16, 80::16, 0::32, 0xFE80::16, 1::112, 0::32>>}
        ] do
      value = {IP.parse!(ip), 80}
      assert attr(endpoint: value) == bytes
      assert read(6, bytes).endpoint == value
    end

    scoped = {IP.parse!("fe80::1"), 80, 3}
    assert read(6, attr(endpoint: scoped)).endpoint == scoped
    assert read(6, <<1::native-16, "path">>).endpoint == <<1::native-16, "path">>
  end

  test "names and prefixes are one list, in order" do
    names = ["eth0", "ppp*", "*", "a*b", ""]

    bytes = Attr.encode([{1, "eth0\0"}, {2, "ppp\0"}, {2, "\0"}, {1, "a*b\0"}, {1, "\0"}])

    assert attr(names: names) == bytes
    assert read(9, bytes).names == names
    assert read(9, Attr.encode([{0x8002, "x"}, {3, "y\0"}])).names == ["x*", "y"]

    assert read(9, Attr.encode([{2, String.duplicate("x", 500)}])).names == [
             String.duplicate("x", 500) <> "*"
           ]

    assert_raise ArgumentError, ~r/a list/, fn -> attr(names: "eth0") end
    assert_raise ArgumentError, ~r/a string/, fn -> attr(names: [:eth0]) end
    assert_raise ArgumentError, ~r/NUL/, fn -> attr(names: ["eth\0*"]) end
  end

  test "a dispatch may depend on a field of an enclosing module" do
    for {kind, app} <- [{"n", 7}, {"t", {:text, "abc"}}, {"s", %Stats{number: 3}}] do
      stats = %Stats{number: 1, app: app, more: [{4, %Stats{app: app}}]}
      object = %Object{kind: kind, stats: stats}
      assert Object.decode(Object.encode(object)) == object
      assert Codec.comparable(object) == object
    end

    bytes = Attr.encode([{1, "?"}, {2, Attr.encode([{2, "raw"}])}])
    assert Object.decode(bytes) == %Object{kind: "?", stats: %Stats{app: "raw"}}
    assert Stats.decode(Attr.encode([{2, "raw"}])) == %Stats{app: "raw"}

    assert_raise ArgumentError, ~r/no enclosing struct/, fn ->
      Stats.encode(%Stats{app: "raw"})
    end
  end

  test "volatile fields in an indexed list are left out of a comparison" do
    defmodule Counted do
      use Linx.Netlink.Codec

      codec do
        attr 1, :n, :u8, volatile: true
        attr 2, :list, {:indexed, {:nested, __MODULE__}}
      end
    end

    value = struct!(Counted, list: [{5, struct!(Counted, n: 1)}])
    assert Codec.comparable(value) == struct!(Counted, list: [{5, struct!(Counted)}])
  end
end

defmodule Linx.Netlink.Codec.IntoTest do
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Attr, Codec}

  defmodule Reading do
    defstruct [:celsius, place: :roof]
  end

  defmodule Celsius do
    use Linx.Netlink.Codec

    codec into: %Reading{place: :cellar} do
      header do
        field :celsius, :s16
      end
    end
  end

  defmodule Prefix do
    use Linx.Netlink.Codec

    codec into: %Subnet{address: nil, prefix: nil} do
      attr 2, :address, IP
      attr 3, :prefix, :u8
    end
  end

  defmodule Station do
    use Linx.Netlink.Codec

    codec do
      attr 1, :reading, Celsius
      attr 2, :prefixes, {:array, {:nested, Prefix}}
    end
  end

  @subnet %Subnet{address: %IP{family: :inet, bytes: <<10, 0, 0, 0>>}, prefix: 8}
  @bytes Attr.encode([
           {1, <<-3::native-signed-16>>},
           {0x8002, Attr.encode([{0x8001, Attr.encode([{2, <<10, 0, 0, 0>>}, {3, <<8>>}])}])}
         ])

  test "values are read into a struct of another module, whose other fields are given" do
    station = Station.decode(@bytes)
    assert station.reading == %Reading{celsius: -3, place: :cellar}
    assert station.prefixes == [@subnet]
    assert Codec.comparable(station) == station
  end

  test "the struct is written by the rows" do
    reading = %Reading{celsius: -3, place: :elsewhere}
    assert Station.encode(%Station{reading: reading, prefixes: [@subnet]}) == @bytes
    assert Celsius.encode(reading) == <<-3::native-signed-16>>
    assert_raise FunctionClauseError, fn -> Celsius.encode(@subnet) end

    assert_raise ArgumentError, ~r/is not a %Linx.Netlink.Codec.IntoTest.Reading\{\}/, fn ->
      Station.encode(%Station{reading: @subnet})
    end
  end

  test "a row without a field in the struct is a mistake" do
    for {into, text} <- [
          {quote(do: %Subnet{address: nil, prefix: nil}), "has no field :celsius"},
          {quote(do: :none), "expected into: a struct"}
        ] do
      assert_raise CompileError, ~r/#{text}/, fn ->
        Code.eval_quoted(
          quote do
            defmodule Linx.Netlink.Codec.IntoTest.Wrong do
              use Linx.Netlink.Codec

              codec into: unquote(into) do
                attr 1, :celsius, :s16
              end
            end
          end
        )
      end
    end
  end
end

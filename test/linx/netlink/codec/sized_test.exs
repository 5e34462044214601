defmodule Linx.Netlink.Codec.SizedTest do
  # Binaries of a fixed size in a header: `u8 mac[32]` of a C struct.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Codec.Engine

  defmodule Header do
    use Linx.Netlink.Codec

    codec do
      header do
        field :vf, :u32
        field :mac, {:binary, 5}
        pad 1
        field :low, :be16
      end

      attr 1, :name, :string
    end
  end

  test "a binary in a header is decoded and encoded at its offset" do
    bytes = <<7::native-32, "abc", 0, 0xFF, 0, 2::16>>
    header = %Header{vf: 7, mac: <<"abc", 0, 0xFF>>, low: 2}
    assert Header.decode(bytes) == header
    assert Header.encode(header) == bytes
    assert Engine.locate(Header, bytes, 8) == [:mac]
    assert Engine.locate(Header, bytes, 10) == [:low]
  end

  test "a binary without a value is encoded as zeros, and a truncated one decodes to nil" do
    assert Header.encode(%Header{}) == <<0::96>>
    assert Header.decode(<<7::native-32, "abcd">>) == %Header{vf: 7, mac: nil, low: nil}
  end

  test "a binary of 200 bytes is decoded, and encoded from iodata" do
    defmodule Large do
      use Linx.Netlink.Codec

      codec do
        header do
          field :all, {:binary, 200}
        end
      end
    end

    all = :rand.bytes(200)
    assert Large.decode(all).all == all
    assert Large.encode(%{Large.decode(all) | all: [all]}) == all
  end

  test "a binary of another size and a value of another type are refused" do
    for wrong <- ["abcd", "abcdef", 7, :a] do
      assert_raise ArgumentError, ~r/field :mac: .* is not a binary of 5 bytes/, fn ->
        Header.encode(%Header{mac: wrong})
      end
    end
  end

  test "a size is a positive number, and a binary of a fixed size selects no type" do
    for declarations <- [
          "header do\nfield :a, {:binary, 0}\nend",
          "header do\nfield :a, {:binary, -1}\nend",
          "attr 1, :a, {:binary, 0}",
          "attr 1, :a, {:binary, :u8}",
          "attr 1, :a, {:binary, 4}\nattr 2, :b, {:dispatch, :a, %{\"abcd\" => :u8}}",
          "header do\nfield :a, {:binary, 2}\nend\nattr 1, :b, {:dispatch, :a, %{\"ab\" => :u8}}"
        ] do
      assert_raise CompileError, fn ->
        Code.compile_string("""
        defmodule Linx.Netlink.Codec.SizedTest.Wrong do
          use Linx.Netlink.Codec
          codec do
            #{declarations}
          end
        end
        """)
      end
    end
  end
end

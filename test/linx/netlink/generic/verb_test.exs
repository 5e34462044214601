defmodule Linx.Netlink.Generic.VerbTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Generic.Verb

  defmodule Inner do
    use Linx.Netlink.Codec

    codec do
      attr 1, :port, :u16
      attr 2, :flags, :u8
    end
  end

  defmodule Outer do
    use Linx.Netlink.Codec

    codec do
      header Linx.Netlink.Generic.Header
      attr 1, :id, :u32
      attr 2, :inner, {:nested, Inner}
      attr 3, :flags, :u8
    end
  end

  @table [
    id: {1..100, ""},
    port: {1..0xFFFF, "", field: [{:inner, Inner}, :port]},
    inner_flags: {0..255, "", field: [{:inner, Inner}, :flags]},
    level: {0..9, "", field: {:both, [], flags: 4}},
    both: {{:check, &__MODULE__.both/1}, ""},
    link: {:link, "", field: [:id]}
  ]

  def both(value), do: {:ok, {:fields, id: value, flags: value}}

  defp body(struct, opts, table \\ @table), do: Verb.body(:no_target, :set, struct, {opts, table})

  test "arguments and options become fields, at any depth" do
    assert {:ok, request, outer} =
             body({%Outer{flags: 1}, id: 7}, port: 80, timeout: 5, inner_flags: 3)

    assert Enum.sort(request) == [protocol: 16, timeout: 5]
    assert outer == %Outer{id: 7, flags: 1, inner: %Inner{port: 80, flags: 3}}
    assert {:ok, _, %Outer{id: nil}} = body(%Outer{}, [])
  end

  test "an index of a link is a field, and one value sets several" do
    assert {:ok, _, %Outer{id: 5}} = body({%Outer{}, link: 5}, [])
    assert {:ok, _, %Outer{id: 5, flags: 5}} = body(%Outer{}, both: 5)
    assert {:ok, _, %Outer{flags: 5}} = body(%Outer{flags: 1}, level: 0)
  end

  test "of several options with one key the first counts" do
    assert {:ok, _, %Outer{id: 1}} = body(%Outer{}, id: 1, id: 2)
  end

  test "wrong arguments and options are errors" do
    assert body({%Outer{}, id: 0}, []) == {:error, {:bad_option, :id, 0}}
    assert body(%Outer{}, id: 101) == {:error, {:bad_option, :id, 101}}
    assert body(%Outer{}, absent: 1) == {:error, {:unknown_option, :absent}}
    assert body(%Outer{}, [1]) == {:error, {:unknown_option, 1}}
    assert body(%Outer{}, timeout: -1) == {:error, {:bad_timeout, -1}}
    assert body(%Outer{}, echo: true) == {:error, {:unknown_option, :echo}}
    assert body({%Outer{}, link: nil}, []) == {:error, {:bad_option, :link, nil}}

    # An argument is no option.
    assert body({%Outer{}, id: 1}, id: 2) == {:error, {:unknown_option, :id}}
    assert body(%Outer{}, [], id: {1..2, "", required: true}) == {:error, {:missing_option, :id}}
  end
end

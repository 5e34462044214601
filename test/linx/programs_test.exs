defmodule Linx.ProgramsTest do
  # Short programs as users write them, one for each capability that needs no kernel. The judges are
  # Erlang's `:inet` and bytes written down by hand. Programs that need a kernel are in
  # test/namespace/programs.
  use ExUnit.Case, async: true

  alias Linx.{IP, MAC}
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Attr, Error, Message}
  alias Linx.Netlink.Rtnl.{Diff, Link}

  test "addresses and subnets are read, written and compared" do
    {:ok, printer} = IP.parse("192.168.7.20")
    {:ok, office} = Subnet.parse("192.168.7.0/25")

    assert Subnet.contains?(office, printer)

    assert {IP.to_string(Subnet.network(office)), IP.to_string(Subnet.broadcast(office))} ==
             {"192.168.7.0", "192.168.7.127"}

    {:ok, mac} = MAC.parse("02:0A:bc:00:00:07")
    assert MAC.to_string(mac) == "02:0a:bc:00:00:07"

    assert IP.parse("192.168") == {:error, {:bad_address, "192.168"}}
    assert :inet.parse_strict_address(~c"192.168") == {:error, :einval}
    assert {:ok, IP.to_tuple(printer)} == :inet.parse_strict_address(~c"192.168.7.20")
  end

  test "the modules of values can be imported together for their sigils" do
    code = ~S"""
    import Linx.IP
    import Linx.MAC
    ip = sigil_IP(<<"192.168.7.20">>, [])
    {ip, sigil_IP(<<"192.168.7.0/24">>, []), sigil_MAC(<<"02:0a:bc:00:00:07">>, []), "at #{ip}"}
    """

    assert {{ip, subnet, mac, "at 192.168.7.20"}, _binding} = Code.eval_string(code)
    assert ip.bytes == <<192, 168, 7, 20>>
    assert {subnet.address.bytes, subnet.prefix} == {<<192, 168, 7, 0>>, 24}
    assert mac.bytes == <<0x02, 0x0A, 0xBC, 0, 0, 7>>
  end

  test "attributes and messages are encoded and decoded" do
    attributes = Attr.encode([{3, "wan0\0"}, {4, <<1492::native-32>>}])

    # Lengths 9 and 8 in the host's byte order; three bytes of padding after the name.
    assert attributes ==
             <<9::native-16, 3::native-16, "wan0", 0, 0, 0, 0>> <>
               <<8::native-16, 4::native-16, 1492::native-32>>

    assert Attr.decode(attributes) == [{3, "wan0\0"}, {4, <<1492::native-32>>}]

    message = %Message{type: 18, seq: 41, payload: attributes}
    bytes = Message.encode(message)
    assert <<36::native-32, 18::native-16, 0::16, 41::native-32, 0::32, _::binary-20>> = bytes
    assert Message.decode(bytes <> bytes) == [message, message]
  end

  test "constants are integers, also in patterns" do
    import Linx.Netlink.Constants

    assert nlm_f_dump() == 0x300
    assert match?(nlm_f_ack(), 4)
  end

  defmodule Battery do
    use Linx.Netlink.Codec

    codec do
      attr 1, :model, :string
    end
  end

  defmodule Thermometer do
    use Linx.Netlink.Codec

    codec do
      attr 1, :offset, :u16
    end
  end

  # A value that no type of the codec expresses: tenths of a unit.
  defmodule Tenths do
    def encode(value), do: <<round(value * 10)::native-32>>
    def decode(<<tenths::native-32>>), do: tenths / 10
    def decode(_bytes), do: nil
  end

  defmodule Sensor do
    use Linx.Netlink.Codec

    codec do
      header do
        field :bus, :u8
        pad 3
        field :slot, :s32
      end

      attr 1, :label, :string
      attr 2, :battery, Battery
      attr 3, :reading, Tenths
      attr 4, :sort, :string
      attr 5, :details, {:dispatch, :sort, %{"thermometer" => Thermometer}}
    end

    def labelled(label), do: %__MODULE__{label: label}
  end

  test "a program declares messages of its own" do
    sensor = %Sensor{
      slot: -2,
      label: "roof",
      battery: %Battery{model: "AA"},
      reading: 21.5,
      sort: "thermometer",
      details: %Thermometer{offset: 3}
    }

    assert Sensor.decode(Sensor.encode(sensor)) == sensor

    assert Sensor.encode(Sensor.labelled("z")) ==
             <<0::64, 6::native-16, 1::native-16, "z", 0, 0, 0>>

    # A sort without a codec is kept as bytes when read, and refused when written.
    unknown = Attr.encode([{4, "barometer\0"}, {5, "raw"}])
    assert Sensor.decode(<<0::64>> <> unknown).details == "raw"

    assert_raise ArgumentError, ~r/no codec registered/, fn ->
      Sensor.encode(%Sensor{sort: "barometer", details: "raw"})
    end
  end

  test "two lists are compared without a kernel" do
    wanted = [%{id: :a, port: 443}, %{id: :b, port: 80}]
    present = [%{id: :b, port: 8080}, %{id: :c, port: 22}]

    assert Diff.two_way(wanted, present, & &1.id, & &1.port) == [
             create: %{id: :a, port: 443},
             update: %{id: :b, port: 80},
             delete: %{id: :c, port: 22}
           ]

    assert Diff.three_way(wanted, present, MapSet.new([:b]), & &1.id) == [
             create: %{id: :a, port: 443}
           ]

    assert Diff.link_key(%Link{name: "wan0"}) == "wan0"
  end

  test "an error is an exception" do
    error = Error.from_errno(19, "no such device here")
    assert Exception.message(error) == "netlink ENODEV (19): no such device here"

    caught =
      try do
        raise error
      rescue
        e in Error -> {e.errno, e.code}
      end

    assert caught == {:enodev, 19}
  end
end

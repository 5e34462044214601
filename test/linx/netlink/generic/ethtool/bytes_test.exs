defmodule Linx.Netlink.Generic.Ethtool.BytesTest do
  # The messages of test/support/ethtool_messages.ex, of devices that few machines have.
  use ExUnit.Case, async: true

  import Linx.Test.EthtoolMessages

  alias Linx.Netlink.Generic.Ethtool

  alias Linx.Netlink.Generic.Ethtool.{
    Coalesce,
    Eee,
    Linkmodes,
    ModuleEeprom,
    PhcVclocks,
    Phy,
    Privflags,
    Stats,
    Topic,
    Tsconfig,
    Wol
  }

  @dev [{1, {:u32, 7}}, {2, "eth7\0"}]

  @names %{
    link_modes: {"10baseT/Half", "10baseT/Full", "100baseT/Half"},
    wol_modes: {"phy", "ucast", "mcast"},
    ts_tx_types: {"off", "on"},
    ts_rx_filters: {"none", "all"},
    ts_flags: {"bonded-phc-index"},
    stats_std: {"eth-phy", "eth-mac", "eth-ctrl", "rmon"},
    stats_eth_mac: {"FramesTransmittedOK", "SingleCollisionFrames"},
    stats_rmon: {"etherStatsUndersizePkts"}
  }

  defp link(Stats), do: 2
  defp link(_module), do: 1

  defp bytes(module, attrs), do: <<1, 1, 0::16>> <> attrs([{link(module), @dev} | attrs])

  defp read(module, bytes) do
    struct = module.decode(bytes)
    if topic = Ethtool.topic_of(module), do: Topic.finish(struct, topic, @names), else: struct
  end

  test "messages by the kernel's definitions are decoded" do
    for {module, attrs, expected} <- messages() do
      struct = read(module, bytes(module, attrs))
      assert {struct.dev.index, struct.dev.name} == {7, "eth7"}
      assert {module, Map.take(struct, Map.keys(expected))} == {module, expected}
    end
  end

  test "cut anywhere, they are structs or an ArgumentError" do
    for {module, attrs, _expected} <- messages(),
        bytes = bytes(module, attrs),
        size <- 0..byte_size(bytes) do
      try do
        assert is_struct(read(module, binary_part(bytes, 0, size)), module)
      rescue
        ArgumentError -> :ok
      end
    end
  end

  # Lists of sets, of profiles and of statistics hold elements of any number.
  @lists [Stats, Wol, Privflags, Eee, Tsconfig, Linkmodes, Coalesce]

  defp extended({id, nest}) when is_list(nest),
    do: {id, Enum.map(nest, &extended/1) ++ [{0x3FF0, "unknown"}]}

  defp extended(attr), do: attr

  test "unknown attributes at any depth change nothing" do
    for {module, attrs, _expected} <- messages() do
      deeper = if module in @lists, do: attrs, else: Enum.map(attrs, &extended/1)
      longer = [{0x3FF2, "y"}] ++ deeper ++ [{0x3FF1, [{1, "x"}]}]
      assert read(module, bytes(module, longer)) == read(module, bytes(module, attrs))
    end
  end

  test "the last field of each message may be longer" do
    for {module, attrs, _expected} <- messages(), module not in [Phy, PhcVclocks, ModuleEeprom] do
      longer =
        Enum.map(attrs, fn
          {id, {type, _} = value} when type in [:u8, :u16, :u32] ->
            {id, payload(value) <> <<0, 0, 0, 0>>}

          attr ->
            attr
        end)

      assert is_struct(read(module, bytes(module, longer)), module)
    end
  end
end

defmodule Linx.Netlink.Rtnl.Tc.EmatchTest do
  # Extended matches that few kernels have, as Linux 7.2 sent them for filters of `tc` and of the library.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.Tc.Ematch

  @little :erlang.system_info(:endian) == :little

  # tc filter add dev v0 egress basic match 'canid(eff 0x123 sff 0x1:0x7 sff 0x2)'
  @canid "000007000000000023010080FFFFFF9F010000000700008002000000FF070080"

  # What tc shows as `ipt( policy match dir in pol ipsec spi 0x0)`: a struct xt_policy_info of 312 bytes.
  @policy "00000900000000000B000200706F6C69637900000800010000000000050003000000000005000400020000003801" <>
            "0500" <> String.duplicate("00", 68) <> "0700000000001000"
  @addrtype "00000900000000000D00020061646472747970650000000008000100010000000500030001000000" <>
              "050004000A0000000C0005000000040000000000"

  defp kernel(hex), do: Base.decode16!(hex)

  if @little do
    test "rules of CAN identifiers" do
      expression = {:canid, [eff: 0x123, sff: {1, 7}, sff: 2]}
      assert Ematch.expression(%Ematch{list: [kernel(@canid)]}) == expression
      assert {:ok, %Ematch{list: [bytes]}} = Ematch.cast(expression)
      assert bytes == kernel(@canid)

      for most <- [
            [sff: 0x7FF, sff: {0, 0}, eff: 0x1FFFFFFF, eff: {0, 0}],
            List.duplicate({:sff, 0}, 500)
          ] do
        assert {:ok, %Ematch{} = ematch} = Ematch.cast({:canid, most})
        assert Ematch.expression(ematch) == {:canid, most}
      end
    end

    test "matches of iptables" do
      data = <<0::16, 4::native-16, 0::32>>
      opts = [family: :inet6, hook: 1, revision: 1, data: data]
      assert Ematch.expression(%Ematch{list: [kernel(@addrtype)]}) == {:ipt, "addrtype", opts}
      assert {:ok, %Ematch{list: [bytes]}} = Ematch.cast({:ipt, "addrtype", opts})
      assert attributes(bytes) == attributes(kernel(@addrtype))

      bytes = kernel(@policy) <> <<0::size(228)-unit(8), 1, 0, 1, 0>>

      assert {:ipt, "policy", [family: :inet, hook: 0, revision: 0, data: data]} =
               Ematch.expression(%Ematch{list: [bytes]})

      assert byte_size(data) == 308

      assert {:ok, %Ematch{list: [ours]}} =
               Ematch.cast({:ipt, "policy", family: :inet, data: data})

      assert attributes(ours) == attributes(bytes)
    end
  end

  # The kernel sends the name before the hook.
  defp attributes(<<header::binary-size(8), attributes::binary>>),
    do: {header, Enum.sort(Linx.Netlink.Attr.decode(attributes))}

  test "bytes cut anywhere are read" do
    for hex <- [@canid, @addrtype], bytes = kernel(hex), n <- 0..byte_size(bytes) do
      expression = Ematch.expression(%Ematch{list: [binary_part(bytes, 0, n)]})
      assert expression == nil or is_tuple(expression)
    end
  end

  test "wrong rules are refused" do
    for rules <- [
          [],
          [0x123],
          [sff: 0x800],
          [sff: -1],
          [sff: {1, 0x800}],
          [eff: 0x20000000],
          [std: 1],
          [{:sff, 1} | :sff],
          List.duplicate({:sff, 0}, 501),
          :all
        ],
        do: assert({rules, Ematch.cast({:canid, rules})} == {rules, :error})

    good = [family: :inet, data: <<0>>]
    assert {:ok, _} = Ematch.cast({:ipt, "addrtype", good})

    for {name, opts} <- [
          {:addrtype, good},
          {"", good},
          {String.duplicate("a", 29), good},
          {"a", [family: :inet]},
          {"a", [data: <<0>>]},
          {"a", [family: :bridge, data: <<0>>]},
          {"a", good ++ [hook: 5]},
          {"a", good ++ [revision: 256]},
          {"a", good ++ [junk: 1]},
          {"a", [family: :inet, data: ""]},
          {"a", [family: :inet, data: 1]}
        ],
        do: assert({name, opts, Ematch.cast({:ipt, name, opts})} == {name, opts, :error})
  end

  test "a test that belongs to several sequences makes no expression" do
    # Each container refers to the place behind it, where its own sequence goes on: read as a tree, the last
    # test would be there 2^40 times.
    containers = for n <- 1..40, do: <<0::16, 0::16, 1::native-16, 0::16, n::native-32>>
    last = <<0::16, 3::native-16, 0::16, 0::16, 1::native-32, 0::64, 0::32>>
    assert Ematch.expression(%Ematch{list: containers ++ [last]}) == nil
    assert Ematch.expression(%Ematch{list: [last]}) != nil
  end
end

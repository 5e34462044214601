defmodule Linx.Netlink.Rtnl.Tc.StabTest do
  # The expected values are computed by hand: cells of ATM carry 48 bytes, and are 53.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.Tc.{Estimator, Stab}

  test "a table of ATM has the bytes of whole cells" do
    assert {:ok, %Stab{base: base, data: data}} =
             Stab.cast(linklayer: :atm, mtu: 127, tsize: 8, overhead: -5)

    assert %{cell_log: 4, size_log: 0, cell_align: -1, overhead: -5, mtu: 127, tsize: 8} = base
    # Packets of 16, 32, … 128 bytes.
    assert data == [53, 53, 53, 106, 106, 106, 159, 159]
  end

  test "a least size fills the table from below" do
    assert {:ok, %Stab{base: base, data: data}} = Stab.cast(mpu: 64, mtu: "127b", tsize: 4)
    assert %{linklayer: 0, cell_log: 5, mpu: 64} = base
    assert data == [64, 64, 96, 128]
  end

  test "sizes above 16 bits are shifted" do
    assert {:ok, %Stab{base: base, data: data}} = Stab.cast(mpu: 1, mtu: 262_143, tsize: 4)
    assert {base.cell_log, base.size_log} == {16, 3}
    assert data == [8192, 16_384, 24_576, 32_768]
  end

  test "without cells and a least size the overhead is all" do
    for layer <- [:ethernet, :unaware] do
      assert {:ok, %Stab{base: base, data: nil}} =
               Stab.cast(linklayer: layer, overhead: 10, mtu: 1500, tsize: 10)

      assert {base.overhead, base.mtu, base.tsize, base.cell_log} == {10, 0, 0, 0}
    end
  end

  test "defaults are those of tc" do
    assert {:ok, %Stab{base: %{mtu: 2047, tsize: 512, cell_log: 2}, data: data}} =
             Stab.cast(linklayer: :atm)

    assert length(data) == 512 and List.last(data) == 43 * 53
  end

  test "wrong parameters" do
    for opts <- [
          [],
          nil,
          [tsize: 0],
          [tsize: 32_748, mpu: 1],
          [linklayer: :x],
          [cell: 1],
          [mpu: -1]
        ],
        do: assert(Stab.cast(opts) == :error)
  end

  test "an estimator is powers of two" do
    # 1 s and 8 s: 1 / -ln(1 - 1/8) is 7.5 s, and 1 / -ln(1 - 1/16) is 15.5 s. An average
    # of 1 s is 2 intervals of 500 ms, and 4 of 251 ms.
    for {times, interval, ewma_log} <- [
          {{"1s", "8s"}, 0, 3},
          {{"250ms", "1s"}, -2, 2},
          {{"251ms", "1s"}, -1, 2},
          {{"500ms", "1s"}, -1, 1},
          {{8_000_000, "64s"}, 3, 3},
          {{"1s", "4000s"}, 0, 11}
        ] do
      assert {times, Estimator.cast(times)} ==
               {times, {:ok, %Estimator{interval: interval, ewma_log: ewma_log}}}
    end

    for times <- [{"8001ms", "64s"}, {"1s", "1s"}, {"1s", "x"}, {0, 1}, "1s", {"1s"}, nil],
        do: assert({times, Estimator.cast(times)} == {times, :error})
  end
end

defmodule Linx.Netlink.Rtnl.Tc.UnitsTest do
  # The expected values are computed by hand from the factors of tc(8).
  use ExUnit.Case, async: true

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Rtnl.Tc.{Psched, Units}

  test "rates are bytes per second" do
    for {rate, bytes} <- [
          {8, 1},
          {999, 124},
          {100_000_000_000, 12_500_000_000},
          {"800", 100},
          {"1kbit", 125},
          {"1Kibit", 128},
          {"1.5mbit", 187_500},
          {"2gbit", 250_000_000},
          {"1tbit", 125_000_000_000},
          {"12kbps", 12_000},
          {"1KiBps", 1024},
          {"1mibps", 1_048_576},
          {"0.008kbit", 1}
        ],
        do: assert({rate, Units.cast_rate(rate)} == {rate, {:ok, bytes}})

    for rate <- [0, 7, -8, 1.5, nil, "", "bit", "1 parsec", "1e6", "-1kbit", "10%", 8 <<< 64],
        do: assert({rate, Units.cast_rate(rate)} == {rate, :error})
  end

  test "rates may be 0, but none of less than a byte is" do
    for cast <- [&Units.cast_rate32/1, &Units.cast_rate64/1] do
      for {rate, bytes} <- [{0, 0}, {"0", 0}, {"0mbit", 0}, {8, 1}, {"1kbit", 125}],
          do: assert({rate, cast.(rate)} == {rate, {:ok, bytes}})

      for rate <- [7, "1bit", -8, nil, "x"], do: assert({rate, cast.(rate)} == {rate, :error})
    end

    assert Units.cast_rate32(34_359_738_360) == {:ok, 0xFFFFFFFF}
    assert Units.cast_rate32(34_359_738_368) == :error
    assert Units.cast_rate64("36gbit") == {:ok, 4_500_000_000}
    assert Units.cast_rate64(8 <<< 64) == :error
  end

  test "sizes are bytes" do
    for {size, bytes} <-
          [{0, 0}, {"17", 17}, {"32k", 32_768}, {"1mb", 1_048_576}, {"1.5kb", 1536}] ++
            [{"64kbit", 8192}, {"9b", 9}, {0xFFFFFFFF, 0xFFFFFFFF}, {"3gb", 3_221_225_472}],
        do: assert({size, Units.cast_size(size)} == {size, {:ok, bytes}})

    for size <- [-1, "4gb", 0x1_0000_0000, "k", "1kk", :all],
        do: assert({size, Units.cast_size(size)} == {size, :error})
  end

  test "times are microseconds or nanoseconds" do
    for {time, us} <- [
          {5, 5},
          {"7", 7},
          {"5ms", 5000},
          {"1.5s", 1_500_000},
          {"2usecs", 2},
          {"1999ns", 1}
        ],
        do: assert({time, Units.cast_usecs(time)} == {time, {:ok, us}})

    assert Units.cast_nsecs(5) == {:ok, 5000}
    assert Units.cast_nsecs("1999ns") == {:ok, 1999}
    assert Units.cast_nsecs32("4s") == {:ok, 4_000_000_000}
    assert Units.cast_nsecs32("5s") == :error
    assert Units.cast_usecs("4295s") == :error
    assert Units.cast_nsecs("9223372037s") == :error
    assert Units.cast_usecs("1h") == :error
  end

  test "percentages are parts of 2^32" do
    for {percent, parts} <-
          [{0, 0}, {100, 0xFFFFFFFF}, {"100%", 0xFFFFFFFF}, {50, 2_147_483_648}] ++
            [{"1%", 42_949_673}, {0.5, 21_474_836}, {"0.5", 21_474_836}, {30, 1_288_490_188}],
        do: assert({percent, Units.cast_percent(percent)} == {percent, {:ok, parts}})

    for percent <- [-1, 101, "101%", "x%", nil],
        do: assert({percent, Units.cast_percent(percent)} == {percent, :error})
  end

  test "a burst is a time of whole ticks, and back" do
    # 2000 bytes at 125000 bytes per second: 16 ms.
    assert Psched.burst(125_000, 2000) == {:ok, 16_000_000}
    assert Psched.size(125_000, 16_000_000) == 2000
    assert Psched.burst(1, 274) == {:ok, 274_000_000_000}
    assert Psched.burst(1, 275) == :error

    for rate <- [1, 124, 125_000, 5_000_000_000], size <- [1, 1600, 32_768, 10_485_760] do
      with {:ok, ns} <- Psched.burst(rate, size),
           do:
             assert(
               {rate, size,
                abs(Psched.size(rate, ns) - size) <= div(rate * 64, 1_000_000_000) + 1} ==
                 {rate, size, true}
             )
    end
  end
end

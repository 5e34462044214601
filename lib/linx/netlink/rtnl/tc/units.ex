defmodule Linx.Netlink.Rtnl.Tc.Units do
  @moduledoc false
  # Rates, sizes, times and percentages as options, and as the kernel has them: bytes per second, bytes,
  # microseconds or nanoseconds, and parts of 2^32. A value that a field cannot hold is an error.
  #
  # Texts are those of iproute2: lib/utils.c and tc/tc_util.c.

  @rates %{
    "" => 1,
    "bit" => 1,
    "kibit" => 1024,
    "kbit" => 1000,
    "mibit" => 1024 * 1024,
    "mbit" => 1_000_000,
    "gibit" => 1024 * 1024 * 1024,
    "gbit" => 1_000_000_000,
    "tibit" => 1024 * 1024 * 1024 * 1024,
    "tbit" => 1_000_000_000_000,
    "bps" => 8,
    "kibps" => 8 * 1024,
    "kbps" => 8000,
    "mibps" => 8 * 1024 * 1024,
    "mbps" => 8_000_000,
    "gibps" => 8 * 1024 * 1024 * 1024,
    "gbps" => 8_000_000_000,
    "tibps" => 8 * 1024 * 1024 * 1024 * 1024,
    "tbps" => 8_000_000_000_000
  }

  # Eighths of a byte.
  @sizes %{
    "" => 8,
    "b" => 8,
    "k" => 8 * 1024,
    "kb" => 8 * 1024,
    "m" => 8 * 1024 * 1024,
    "mb" => 8 * 1024 * 1024,
    "g" => 8 * 1024 * 1024 * 1024,
    "gb" => 8 * 1024 * 1024 * 1024,
    "kbit" => 1024,
    "mbit" => 1024 * 1024,
    "gbit" => 1024 * 1024 * 1024
  }

  # Nanoseconds.
  @times %{
    "" => 1000,
    "s" => 1_000_000_000,
    "sec" => 1_000_000_000,
    "secs" => 1_000_000_000,
    "ms" => 1_000_000,
    "msec" => 1_000_000,
    "msecs" => 1_000_000,
    "us" => 1000,
    "usec" => 1000,
    "usecs" => 1000,
    "ns" => 1,
    "nsec" => 1,
    "nsecs" => 1
  }

  @u32 0xFFFFFFFF
  @u64 0xFFFFFFFFFFFFFFFF

  @doc "The type of an option with a rate, in bytes per second: at least 1."
  def rate,
    do: {:check, &__MODULE__.cast_rate/1, "bits per second, or text such as `\"100mbit\"`"}

  @doc "The type of an option with a rate, in a field of 32 bits with bytes per second, or 0."
  def rate32,
    do: {:check, &__MODULE__.cast_rate32/1, "bits per second, or text such as `\"100mbit\"`"}

  @doc "The type of an option with a rate, in a field of 64 bits with bytes per second, or 0."
  def rate64,
    do: {:check, &__MODULE__.cast_rate64/1, "bits per second, or text such as `\"100mbit\"`"}

  @doc "The type of an option with a size in bytes, of 32 bits."
  def size, do: {:check, &__MODULE__.cast_size/1, "bytes, or text such as `\"32k\"`"}

  @doc "The type of an option with a time, in a field of 32 bits with microseconds."
  def usecs, do: {:check, &__MODULE__.cast_usecs/1, "microseconds, or text such as `\"10ms\"`"}

  @doc "The type of an option with a time, in a field of 32 bits with nanoseconds."
  def nsecs32,
    do: {:check, &__MODULE__.cast_nsecs32/1, "microseconds, or text such as `\"10us\"`"}

  @doc "The type of an option with a time in nanoseconds, of 63 bits."
  def nsecs, do: {:check, &__MODULE__.cast_nsecs/1, "microseconds, or text such as `\"10ms\"`"}

  @doc "The type of an option with a percentage, in a field of 32 bits."
  def percent, do: {:check, &__MODULE__.cast_percent/1, "0 to 100, or text such as `\"1%\"`"}

  @doc "The type of an option with a handle."
  def handle, do: {:check, &__MODULE__.cast_handle/1, "handle, such as `\"1:10\"`"}

  @doc "The type of an option with the handle of a qdisc, whose minor number is 0."
  def major, do: {:check, &__MODULE__.cast_major/1, "handle, such as `\"1:\"`"}

  @doc false
  def cast_rate(rate),
    do: with({:ok, bits} <- number(rate, @rates), do: in_range(trunc_div(bits, 8), 1..@u64))

  @doc false
  def cast_rate32(rate), do: rate_or_none(rate, @u32)

  @doc false
  def cast_rate64(rate), do: rate_or_none(rate, @u64)

  # A rate of less than a byte per second is not 0.
  defp rate_or_none(rate, most) do
    case number(rate, @rates) do
      {:ok, {0, _denominator}} -> {:ok, 0}
      {:ok, bits} -> in_range(trunc_div(bits, 8), 1..most)
      :error -> :error
    end
  end

  @doc false
  def cast_size(size),
    do: with({:ok, bits} <- number(size, @sizes, 8), do: in_range(trunc_div(bits, 8), 0..@u32))

  @doc false
  def cast_usecs(time),
    do: with({:ok, ns} <- number(time, @times, 1000), do: in_range(trunc_div(ns, 1000), 0..@u32))

  @doc false
  def cast_nsecs32(time),
    do: with({:ok, ns} <- number(time, @times, 1000), do: in_range(trunc_div(ns, 1), 0..@u32))

  @doc false
  def cast_nsecs(time),
    do:
      with(
        {:ok, ns} <- number(time, @times, 1000),
        do: in_range(trunc_div(ns, 1), 0..0x7FFFFFFFFFFFFFFF)
      )

  @doc false
  def cast_percent(value) when is_number(value) and value >= 0 and value <= 100,
    do: {:ok, rint(value / 100 * @u32)}

  def cast_percent(text) when is_binary(text) do
    case Regex.run(~r/\A(\d+(?:\.\d+)?)%?\z/, text) do
      [_, digits] -> cast_percent(decimal(digits) |> to_float())
      nil -> :error
    end
  end

  def cast_percent(_other), do: :error

  @doc false
  def cast_handle(handle),
    do: with({:error, _} <- Linx.Netlink.Rtnl.Tc.parse_handle(handle), do: :error)

  @doc false
  def cast_major(handle) do
    case Linx.Netlink.Rtnl.Tc.parse_handle(handle) do
      {:ok, number} when rem(number, 0x10000) == 0 -> {:ok, number}
      _ -> :error
    end
  end

  # A half is rounded to the even neighbour, as rint(3) does.
  defp rint(value) do
    up = round(value)
    if up - value == 0.5 and rem(up, 2) == 1, do: up - 1, else: up
  end

  # A value times the factor of its suffix, as `{numerator, denominator}`: exact, where a float is not.
  defp number(value, suffixes, plain \\ 1)

  defp number(value, _suffixes, plain) when is_integer(value) and value >= 0,
    do: {:ok, {value * plain, 1}}

  defp number(text, suffixes, _plain) when is_binary(text) do
    with [_, digits, suffix] <- Regex.run(~r/\A(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\z/, text),
         {:ok, factor} <- Map.fetch(suffixes, String.downcase(suffix)) do
      {numerator, denominator} = decimal(digits)
      {:ok, {numerator * factor, denominator}}
    else
      _ -> :error
    end
  end

  defp number(_other, _suffixes, _plain), do: :error

  # A text of digits as a fraction.
  defp decimal(text) do
    case String.split(text, ".") do
      [whole] -> {String.to_integer(whole), 1}
      [whole, part] -> {String.to_integer(whole <> part), Integer.pow(10, byte_size(part))}
    end
  end

  defp to_float({numerator, denominator}), do: numerator / denominator

  defp trunc_div({numerator, denominator}, by), do: div(numerator, denominator * by)

  defp in_range(value, range), do: if(value in range, do: {:ok, value}, else: :error)
end

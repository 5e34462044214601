defmodule Linx.Netlink.Rtnl.Tc.Filter.Handle do
  @moduledoc false
  # Handle of a filter: a number, or the text of a number or of a u32 handle.
  #
  # u32: 12 bits of the hash table, 8 of the bucket, 12 of the node, TC_U32_* of
  # include/uapi/linux/pkt_cls.h.

  import Bitwise

  @u32 0xFFFFFFFF

  @doc false
  def option,
    do: {:check, &__MODULE__.cast/1, "handle, such as `\"2:\"` or, with a bucket, `\"2:7:\"`"}

  @doc """
  The number of a handle.

      iex> alias Linx.Netlink.Rtnl.Tc.Filter.Handle
      iex> Enum.map(["800::1", "1:2:3", "2:", "0x10", "16", 5], &Handle.cast/1)
      [ok: 0x80000001, ok: 0x00102003, ok: 0x00200000, ok: 16, ok: 16, ok: 5]
      iex> Handle.cast("1000:")
      :error
  """
  @spec cast(term()) :: {:ok, 0..0xFFFFFFFF} | :error
  def cast(number) when number in 0..@u32, do: {:ok, number}

  def cast(text) when is_binary(text) do
    case Regex.run(~r/\A(?:0x([0-9a-f]{1,8})|(\d{1,10}))\z/i, text) do
      [_, hex] -> {:ok, String.to_integer(hex, 16)}
      [_, "", digits] -> digits |> String.to_integer() |> in_range()
      nil -> text |> String.split(":") |> u32()
    end
  end

  def cast(_other), do: :error

  defp in_range(number), do: if(number <= @u32, do: {:ok, number}, else: :error)

  defp u32([table, bucket]), do: u32([table, bucket, ""])

  defp u32([table, bucket, node]) when table != "" or bucket != "" or node != "" do
    with {:ok, table} <- digits(table, 0xFFF),
         {:ok, bucket} <- digits(bucket, 0xFF),
         {:ok, node} <- digits(node, 0xFFF),
         do: {:ok, table <<< 20 ||| bucket <<< 12 ||| node}
  end

  defp u32(_parts), do: :error

  defp digits("", _max), do: {:ok, 0}

  defp digits(text, max) do
    with true <- text =~ ~r/\A[0-9a-f]{1,3}\z/i,
         number when number <= max <- String.to_integer(text, 16) do
      {:ok, number}
    else
      _ -> :error
    end
  end

  @doc """
  The text of a u32 handle, as `tc` shows it.

      iex> alias Linx.Netlink.Rtnl.Tc.Filter.Handle
      iex> Enum.map([0x80000001, 0x00102003, 0x80000000], &Handle.u32_text/1)
      ["800::1", "1:2:3", "800:"]
  """
  @spec u32_text(0..0xFFFFFFFF) :: String.t()
  def u32_text(handle) do
    rest = [hex(handle >>> 12 &&& 0xFF), hex(handle &&& 0xFFF)]
    hex(handle >>> 20) <> ":" <> if(rest == ["", ""], do: "", else: Enum.join(rest, ":"))
  end

  defp hex(0), do: ""
  defp hex(number), do: number |> Integer.to_string(16) |> String.downcase()
end

defmodule Linx.Netlink.Rtnl.Tc.Ematch.Canid do
  @moduledoc false
  # Test of the identifier of a CAN frame: structs can_filter of include/uapi/linux/can.h, one for each rule.

  import Bitwise

  # CAN_EFF_FLAG, CAN_SFF_MASK, CAN_EFF_MASK of include/uapi/linux/can.h; the bit of the flag in a mask says that
  # it has to be as in the identifier.
  @flag 0x80000000
  @masks [sff: 0x7FF, eff: 0x1FFFFFFF]

  # EM_CAN_RULES_MAX of net/sched/em_canid.c.
  @most 500

  @doc "The data of a test."
  @spec write(term()) :: {:ok, binary()} | :error
  def write([_ | _] = rules) do
    with false <- List.improper?(rules),
         true <- length(rules) <= @most,
         {:ok, rules} <- Linx.Netlink.Options.Type.each(rules, &rule/1) do
      {:ok, IO.iodata_to_binary(rules)}
    else
      _ -> :error
    end
  end

  def write(_other), do: :error

  defp rule({format, {id, mask}}) do
    with {:ok, most} <- Keyword.fetch(@masks, format),
         true <- id in 0..most and mask in 0..most do
      flag = if format == :eff, do: @flag, else: 0
      {:ok, <<id ||| flag::native-32, mask ||| @flag::native-32>>}
    else
      _ -> :error
    end
  end

  defp rule({format, id}) when format in [:sff, :eff], do: rule({format, {id, @masks[format]}})
  defp rule(_other), do: :error

  @doc "The rules of a test."
  @spec read(binary()) :: [
          {:sff | :eff, non_neg_integer() | {non_neg_integer(), non_neg_integer()}}
        ]
  def read(data) do
    for <<id::native-32, mask::native-32 <- data>> do
      format = if (id &&& @flag) == 0, do: :sff, else: :eff
      bits = @masks[format]
      mask = mask &&& bits
      {format, if(mask == bits, do: id &&& bits, else: {id &&& bits, mask})}
    end
  end
end

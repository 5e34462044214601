defmodule Linx.Netlink.Rtnl.Tc.Action.Control do
  @moduledoc false
  # What happens to a packet after an action: names, and numbers with a value for the others.

  import Bitwise

  # TC_ACT_* of include/uapi/linux/pkt_cls.h.
  @names [
    continue: -1,
    pass: 0,
    reclassify: 1,
    drop: 2,
    pipe: 3,
    stolen: 4,
    queued: 5,
    repeat: 6,
    redirect: 7,
    trap: 8
  ]

  # TC_ACT_JUMP, TC_ACT_GOTO_CHAIN, TC_ACT_EXT_VAL_MASK.
  @jump 1 <<< 28
  @goto 2 <<< 28
  @value @jump - 1

  @type t ::
          :continue
          | :pass
          | :reclassify
          | :drop
          | :pipe
          | :stolen
          | :queued
          | :repeat
          | :redirect
          | :trap
          | {:goto, chain :: 0..0xFFFFFFF}
          | {:jump, actions :: 0..0xFFFFFFF}
          | integer()

  @doc "The names of the numbers."
  @spec names() :: keyword(integer())
  def names, do: @names

  @doc "The prefix of the kernel's names, and those that differ."
  def values,
    do: {"TC_ACT_", continue: "TC_ACT_UNSPEC", pass: "TC_ACT_OK", drop: "TC_ACT_SHOT"}

  @doc "The type of an option with a control."
  def option do
    names = Enum.map_join(@names, ", ", fn {name, _} -> "`#{inspect(name)}`" end)
    {:check, &__MODULE__.cast/1, names <> ", `{:goto, chain}` or `{:jump, actions}`"}
  end

  @doc false
  @spec cast(term()) :: {:ok, integer()} | :error
  def cast({:goto, chain}) when chain in 0..@value, do: {:ok, @goto ||| chain}
  def cast({:jump, count}) when count in 0..@value, do: {:ok, @jump ||| count}
  def cast(name) when is_atom(name), do: Keyword.fetch(@names, name)
  def cast(_other), do: :error

  @doc "A control as it is read: numbers with a value as pairs."
  @spec of(atom() | integer() | nil) :: t() | nil
  def of(number) when is_integer(number) and (number &&& bnot(@value)) == @goto,
    do: {:goto, number &&& @value}

  def of(number) when is_integer(number) and (number &&& bnot(@value)) == @jump,
    do: {:jump, number &&& @value}

  def of(control), do: control
end

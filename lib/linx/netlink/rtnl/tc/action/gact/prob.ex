defmodule Linx.Netlink.Rtnl.Tc.Action.Gact.Prob do
  @moduledoc """
  Another action for some packets.

  Kernel side: `struct tc_gact_p` of `include/uapi/linux/tc_act/tc_gact.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Control

  @types [none: 0, netrand: 1, determ: 2]

  codec do
    header "struct tc_gact_p" do
      field :ptype, {:enum, :u16, @types}, "at random, or each packet of a number",
        values: "PGACT_"

      field :pval, :u16, "one packet of this number"

      field :paction, {:enum, :s32, Control.names()}, "what happens to that packet",
        values: Control.values()
    end
  end

  @doc false
  @spec cast(term()) :: {:ok, struct()} | :error
  def cast({type, control, value}) when type in [:netrand, :determ] and value in 1..0xFFFF do
    with {:ok, action} <- Control.cast(control),
         do: {:ok, %__MODULE__{ptype: type, pval: value, paction: action}}
  end

  def cast(_other), do: :error
end

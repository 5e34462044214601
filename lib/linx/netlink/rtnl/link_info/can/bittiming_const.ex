defmodule Linx.Netlink.Rtnl.LinkInfo.Can.BittimingConst do
  @moduledoc """
  Limits of the timing of a CAN controller: `struct can_bittiming_const`.

  The controller's name comes as two numbers of 8 bytes; `name/1` reads it.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct can_bittiming_const" do
      field :name_high,
            :be64,
            "first eight bytes of the name of the controller; `name/1` has the name",
            c: {"name", 0, 8}

      field :name_low, :be64, "last eight bytes of the name", c: {"name", 8, 8}
      field :tseg1_min, :u32, "smallest time segment 1, time quanta"
      field :tseg1_max, :u32, "largest time segment 1, time quanta"
      field :tseg2_min, :u32, "smallest time segment 2, time quanta"
      field :tseg2_max, :u32, "largest time segment 2, time quanta"
      field :sjw_max, :u32, "largest synchronisation jump width, time quanta"
      field :brp_min, :u32, "smallest prescaler"
      field :brp_max, :u32, "largest prescaler"
      field :brp_inc, :u32, "step of the prescaler"
    end
  end

  @doc """
  The name of the controller; `nil` if the kernel sent truncated limits.
  """
  @spec name(t()) :: binary() | nil
  def name(%__MODULE__{name_high: high, name_low: low}) when is_integer(low) do
    [name | _] = :binary.split(<<high::64, low::64>>, <<0>>)
    name
  end

  def name(%__MODULE__{}), do: nil
end

defmodule Linx.Netlink.Generic.Devlink.PortFunction do
  @moduledoc """
  Properties of the function behind a port.

  Kernel side: `enum devlink_port_function_attr` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  import Bitwise, only: [|||: 2]

  alias Linx.Netlink.Generic.Devlink.Handle

  @states [inactive: 0, active: 1]
  # DEVLINK_PORT_FN_CAP_*.
  @caps [roce: 0x1, migratable: 0x2, ipsec_crypto: 0x4, ipsec_packet: 0x8]

  codec prefix: "DEVLINK_PORT_FN_ATTR_" do
    attr 1, :hw_addr, Linx.LinkAddress, "address", c: "DEVLINK_PORT_FUNCTION_ATTR_HW_ADDR"
    attr 2, :state, {:enum, :u8, @states}, "state", values: "DEVLINK_PORT_FN_STATE_"

    attr 3, :opstate, {:enum, :u8, [detached: 0, attached: 1]}, "whether a driver uses it",
      values: "DEVLINK_PORT_FN_OPSTATE_"

    attr 4, :caps, :bitfield32, "capabilities: those that are on, and those that there are"
    attr 5, :devlink, {:nested, Handle}, "device of the function"
    attr 6, :max_io_eqs, :u32, "limit of event queues"
  end

  @doc false
  @spec states() :: keyword(non_neg_integer())
  def states, do: @states

  @doc false
  # Capabilities as an option: a keyword list of booleans.
  @spec cast(term()) :: {:ok, {non_neg_integer(), non_neg_integer()}} | :error
  def cast([_ | _] = caps) do
    if not List.improper?(caps) and Enum.all?(caps, &capability?/1),
      do: {:ok, Enum.reduce(caps, {0, 0}, &add/2)},
      else: :error
  end

  def cast(_other), do: :error

  defp capability?({name, on}), do: List.keymember?(@caps, name, 0) and is_boolean(on)
  defp capability?(_other), do: false

  defp add({name, on}, {value, selector}) do
    bit = Keyword.fetch!(@caps, name)
    {if(on, do: value ||| bit, else: value), selector ||| bit}
  end
end

defmodule Linx.Netlink.Generic.Devlink.ParamInfo do
  @moduledoc """
  Properties of a parameter of a device.

  Kernel side: `DEVLINK_ATTR_PARAM` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Devlink.ParamValue

  @types [u8: 1, u16: 2, u32: 3, u64: 4, string: 5, flag: 6]

  codec prefix: "DEVLINK_ATTR_PARAM_" do
    attr 81, :name, :string, "name"
    attr 82, :generic, :flag, "the meaning is the same for all drivers"

    attr 83, :type, {:enum, :u8, @types}, "type of the values; `:flag` for booleans",
      values: "DEVLINK_VAR_ATTR_TYPE_"

    attr 84, :values_list, {:array, {:nested, ParamValue}, 85}, "values",
      element: "DEVLINK_ATTR_PARAM_VALUE"
  end

  @doc false
  @spec types() :: keyword(pos_integer())
  def types, do: @types
end

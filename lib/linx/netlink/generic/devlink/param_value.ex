defmodule Linx.Netlink.Generic.Devlink.ParamValue do
  @moduledoc """
  Value of a parameter in one mode of configuration, as bytes;
  `Linx.Netlink.Generic.Devlink.Param.values/1` has it as the type of the parameter says.

  Kernel side: `DEVLINK_ATTR_PARAM_VALUE` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  @cmodes [runtime: 0, driverinit: 1, permanent: 2]
  codec prefix: "DEVLINK_ATTR_PARAM_" do
    attr 87, :value_cmode, {:enum, :u8, @cmodes}, "mode", values: "DEVLINK_PARAM_CMODE_"
    attr 86, :value_data, :binary, "value, host byte order; not there for `false`"
    attr 182, :value_default, :binary, "default, as the value"
  end

  @doc false
  @spec cmodes() :: keyword(non_neg_integer())
  def cmodes, do: @cmodes
end

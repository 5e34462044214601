defmodule Linx.Netlink.Generic.Devlink.ParamSetting do
  @moduledoc """
  Setting of a parameter in a request.

  Kernel side: `DEVLINK_CMD_PARAM_SET` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Devlink.{ParamInfo, ParamValue}

  @values %{u8: :u8, u16: :u16, u32: :u32, u64: :u64, string: :string, flag: :flag}

  codec prefix: "DEVLINK_ATTR_PARAM_" do
    attr 81, :name, :string, "name"
    attr 83, :type, {:enum, :u8, ParamInfo.types()}, "type", values: "DEVLINK_VAR_ATTR_TYPE_"
    attr 86, :value_data, {:dispatch, :type, @values}, "value"

    attr 87, :value_cmode, {:enum, :u8, ParamValue.cmodes()}, "mode",
      values: "DEVLINK_PARAM_CMODE_"

    attr 183, :reset_default, :flag, "the default in place of a value"
  end

  # __DEVLINK_PARAM_MAX_STRING_VALUE of include/net/devlink.h, with the NUL.
  @longest 31

  @doc false
  # A value before its type is known.
  @spec given(term()) :: {:ok, term()} | :error
  def given(value) when is_integer(value) or is_boolean(value) or is_binary(value),
    do: {:ok, value}

  def given(_other), do: :error

  @doc false
  # The setting with the type of the parameter, if the value fits it.
  @spec typed(t(), atom() | non_neg_integer()) ::
          {:ok, t()} | {:error, {:bad_option, :value, term()} | {:missing_option, :value}}
  def typed(%__MODULE__{value_data: nil, reset_default: true} = setting, type),
    do: {:ok, %{setting | type: type}}

  def typed(%__MODULE__{value_data: nil}, _type), do: {:error, {:missing_option, :value}}

  def typed(%__MODULE__{value_data: value} = setting, type) do
    if fits?(type, value),
      # A boolean is an attribute that is there or not.
      do: {:ok, %{setting | type: type, value_data: if(value == false, do: nil, else: value)}},
      else: {:error, {:bad_option, :value, value}}
  end

  defp fits?(type, value) when type in [:flag, 6], do: is_boolean(value)

  defp fits?(type, value) when type in [:string, 5] do
    is_binary(value) and byte_size(value) <= @longest and
      not Linx.Text.nul?(value)
  end

  defp fits?(type, value), do: is_integer(value) and value in 0..largest(type)

  defp largest(type) when type in [:u8, 1], do: 0xFF
  defp largest(type) when type in [:u16, 2], do: 0xFFFF
  defp largest(type) when type in [:u32, 3], do: 0xFFFFFFFF
  defp largest(type) when type in [:u64, 4], do: 0xFFFFFFFFFFFFFFFF
  defp largest(_unknown), do: -1
end

defmodule Linx.Netlink.Generic.Devlink.Param do
  @moduledoc """
  Parameter of a device.

  Kernel side: `DEVLINK_CMD_PARAM_*` and `DEVLINK_ATTR_PARAM_*` of `include/uapi/linux/devlink.h`.

      {:ok, param} = Param.get(sock, "pci/0000:01:00.0", "max_macs")
      {param.param.type, Param.values(param)}
      #=> {:u32, %{driverinit: 32}}

      :ok = Param.set(sock, "pci/0000:01:00.0", "max_macs", cmode: :driverinit, value: 64)

  A parameter has a value for each mode of configuration: `:runtime` takes effect at once, `:driverinit`
  when the device is reloaded, `:permanent` when it is reset; the last is stored in the device.

  Reading needs no privilege, `set/4` needs `CAP_NET_ADMIN`. Errors are those of
  `Linx.Netlink.Generic.Devlink`; an unknown parameter is refused with `:einval`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.{Batch, Request}
  alias Linx.Netlink.Generic.{Devlink, Header, Verb}
  alias Linx.Netlink.Generic.Devlink.{Handle, ParamInfo, ParamSetting, ParamValue}

  codec prefix: "DEVLINK_ATTR_" do
    header Header
    include Handle
    attr 80, :param, {:nested, ParamInfo}, "the parameter and its values"
    group :setting, ParamSetting
  end

  @setting {:setting, ParamSetting}

  options(
    cmode:
      {{:enum, ParamValue.cmodes()}, "mode of configuration",
       field: [@setting, :value_cmode], required: true, values: "DEVLINK_PARAM_CMODE_"},
    value:
      {{:check, &ParamSetting.given/1, "number, boolean or string, as the type of the parameter"},
       "value", field: [@setting, :value_data]},
    default:
      {:flag, "the default in place of a value; from Linux 7.0",
       field: [@setting, :reset_default]},
    type:
      {{:enum, ParamInfo.types()}, "type of the parameter, which is otherwise asked for",
       field: [@setting, :type], values: "DEVLINK_VAR_ATTR_TYPE_"}
  )

  # A name of a parameter: the kernel has no limit.
  @name [name: {{:string, 127}, "", field: [@setting, :name]}]

  @doc """
  Lists parameters: of all devices, or of that of the option `:device`. Further options: `:timeout`,
  `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, Devlink.error()}
  def list(target, opts \\ []), do: Handle.list(target, :param_get, %__MODULE__{}, opts)

  @doc """
  Gets a parameter. Option: `:timeout`.
  """
  @spec get(Request.target(), Handle.device(), String.t(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def get(target, device, name, opts \\ []) do
    query = {%__MODULE__{}, device: device, name: name}
    Verb.get(target, {Devlink, :param_get}, query, opts, Handle.device() ++ @name)
  end

  @doc """
  Sets a parameter: to `:value`, or with `default: true` to its default. Options: `:cmode`, required,
  `:value`, `:default`, `:type`, `:timeout`.

  A value that does not fit the type of the parameter is `{:bad_option, :value, value}`.
  """
  @spec set(Request.target(), Handle.device(), String.t(), keyword()) :: Devlink.done()
  def set(target, device, name, opts) do
    body = {%__MODULE__{}, device: device, name: name}
    table = Handle.device() ++ @name ++ __options__()

    with {:ok, request, body} <- Verb.body(target, :set, body, {opts, table}),
         request = Keyword.delete(request, :protocol),
         {:ok, type} <- type(target, body, request),
         {:ok, setting} <- ParamSetting.typed(body.setting, type),
         do: Verb.set(target, {Devlink, :param_set}, %{body | setting: setting}, request)
  end

  defp type(_target, %__MODULE__{setting: %{type: type}}, _request) when type != nil,
    do: {:ok, type}

  defp type(target, %__MODULE__{setting: %{name: name}} = body, request) do
    with {:ok, %__MODULE__{param: param}} <- get(Batch.target(target), body, name, request),
         do: {:ok, param.type}
  end

  @doc """
  The values of a parameter by mode of configuration: numbers, booleans or strings.

      iex> alias Linx.Netlink.Generic.Devlink.{Param, ParamInfo, ParamValue}
      iex> value = %ParamValue{value_cmode: :runtime, value_data: <<7>>}
      iex> Param.values(%Param{param: %ParamInfo{type: :u8, values_list: [value]}})
      %{runtime: 7}
  """
  @spec values(t()) :: %{(atom() | non_neg_integer()) => term()}
  def values(%__MODULE__{param: %{type: type, values_list: values}}),
    do: Map.new(values || [], &{&1.value_cmode, plain(type, &1.value_data)})

  @doc """
  The defaults of a parameter by mode of configuration, from Linux 7.0; `%{}` before.
  """
  @spec defaults(t()) :: %{(atom() | non_neg_integer()) => term()}
  def defaults(%__MODULE__{param: %{type: type, values_list: values}}) do
    for %{value_default: default} = value <- values || [],
        default != nil,
        into: %{},
        do: {value.value_cmode, plain(type, default)}
  end

  # A boolean is an attribute that is there or not, a default one a byte. A type without a name stays
  # bytes.
  defp plain(:flag, bytes), do: bytes not in [nil, <<0>>]
  defp plain(:u8, <<number::native-8>>), do: number
  defp plain(:u16, <<number::native-16>>), do: number
  defp plain(:u32, <<number::native-32>>), do: number
  defp plain(:u64, <<number::native-64>>), do: number
  defp plain(:string, text) when is_binary(text), do: text |> :binary.split(<<0>>) |> hd()
  defp plain(_type, bytes), do: bytes
end

defmodule Linx.Netlink.Generic.Team.Option do
  @moduledoc """
  Option of a team.

  Kernel side: `TEAM_ATTR_OPTION_*` of `include/uapi/linux/if_team.h`.
  """

  use Linx.Netlink.Codec

  # NLA_* of include/net/netlink.h, as far as options have them.
  @types [u32: 3, string: 5, flag: 6, binary: 11, s32: 14]

  codec prefix: "TEAM_ATTR_OPTION_" do
    attr 1, :name, :string, "name"
    attr 2, :changed, :flag, "the option has changed since the last notification"

    attr 3, :type, {:enum, :u8, @types}, "type of the value; `:flag` for booleans",
      values: {:kernel, "include/net/netlink.h"}

    attr 4,
         :data,
         {:dispatch, :type,
          %{u32: :u32, string: :string, flag: :flag, binary: :binary, s32: :s32}},
         "value; `nil` for `false`"

    attr 5, :removed, :flag, "the option does not exist any longer"
    attr 6, :port_ifindex, :u32, "index of the port, for an option of a port"
    attr 7, :array_index, :u32, "number of the element, for an option with several"
  end

  # TEAM_STRING_MAX_LEN, with the NUL.
  @longest 31

  @doc """
  The value of an option: a number, a boolean, a string or a binary.

      iex> alias Linx.Netlink.Generic.Team.Option
      iex> Option.value(%Option{name: "enabled", type: :flag})
      false
  """
  @spec value(t()) :: integer() | boolean() | binary() | nil
  def value(%__MODULE__{type: :flag, data: data}), do: data == true
  def value(%__MODULE__{data: data}), do: data

  @doc false
  # The data of a value, if it fits the type.
  @spec data(atom() | non_neg_integer(), term()) ::
          {:ok, term()} | {:error, {:bad_option, :value, term()}}
  def data(type, value) do
    if fits?(type, value),
      # A boolean is an attribute that is there or not.
      do: {:ok, if(value == false, do: nil, else: value)},
      else: {:error, {:bad_option, :value, value}}
  end

  defp fits?(:u32, value), do: is_integer(value) and value in 0..0xFFFFFFFF
  defp fits?(:s32, value), do: is_integer(value) and value in -0x80000000..0x7FFFFFFF
  defp fits?(:flag, value), do: is_boolean(value)
  defp fits?(:binary, value), do: is_binary(value)

  defp fits?(:string, value) do
    is_binary(value) and byte_size(value) <= @longest and
      not Linx.Text.nul?(value)
  end

  defp fits?(_type, _value), do: false
end

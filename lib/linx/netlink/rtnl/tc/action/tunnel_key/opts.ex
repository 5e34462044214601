defmodule Linx.Netlink.Rtnl.Tc.Action.TunnelKey.Opts do
  @moduledoc """
  Options of a tunnel's header.

  Kernel side: `TCA_TUNNEL_KEY_ENC_OPTS_*` of `include/uapi/linux/tc_act/tc_tunnel_key.h`. The kernel takes one
  attribute for each option of GENEVE, and reports all of them in one: `geneve_options/1` reads both.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Erspan, Geneve, Vxlan}

  codec prefix: "TCA_TUNNEL_KEY_ENC_OPTS_" do
    attr 1, :geneve, {:repeated, {:nested, Geneve}}, "options of GENEVE"
    attr 2, :vxlan, {:nested, Vxlan}, "options of VXLAN"
    attr 3, :erspan, {:nested, Erspan}, "options of ERSPAN"
  end

  @doc """
  Class, type and data of the options of GENEVE.

      iex> alias Linx.Netlink.Rtnl.Tc.Action.TunnelKey.Opts
      iex> Opts.geneve_options(Opts.geneve([{0x102, 0x80, <<1, 2, 3, 4>>}]))
      [{0x102, 0x80, <<1, 2, 3, 4>>}]
  """
  @spec geneve_options(t()) :: [{0..0xFFFF, 0..0xFF, binary()}]
  def geneve_options(%__MODULE__{geneve: parts}) do
    Enum.flat_map(parts || [], fn %{class: class, type: type, data: data} ->
      Enum.zip([class || [], type || [], data || []])
    end)
  end

  @doc """
  The options of a header of GENEVE, as the kernel takes them.
  """
  @spec geneve([{0..0xFFFF, 0..0xFF, binary()}]) :: t()
  def geneve(options) do
    %__MODULE__{
      geneve:
        for(
          {class, type, data} <- options,
          do: %Geneve{class: [class], type: [type], data: [data]}
        )
    }
  end
end

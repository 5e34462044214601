defmodule Linx.Netlink.Rtnl.Encap.TunnelOpts do
  @moduledoc """
  Options of GENEVE, VXLAN and ERSPAN tunnels, in `opts` of `Linx.Netlink.Rtnl.Encap.Ip` and
  `Linx.Netlink.Rtnl.Encap.Ip6`.

  Kernel side: `LWTUNNEL_IP_OPTS_*` of `include/uapi/linux/lwtunnel.h`.

      Route.add(sock, "10.9.0.0", 16, nil,
        dev: "gnv0",
        encap: {:ip, id: 7, dst: "192.0.2.7", opts: TunnelOpts.geneve([{0x102, 0x80, <<1, 2, 3, 4>>}])}
      )

  A route has options of one tunnel type. The kernel takes one attribute for each GENEVE option
  and reports all of them in one: `geneve/1` makes the former, `geneve_options/1` reads both.

  Linux 6.18 built with `CONFIG_FORTIFY_SOURCE` was seen to fault on GENEVE options, and to hold its
  rtnetlink lock until the next boot; 6.12 and 7.2 accept them.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Erspan, Geneve, Vxlan}

  codec prefix: "LWTUNNEL_IP_OPTS_" do
    attr 1, :geneve, {:repeated, {:nested, Geneve}}, "options of GENEVE"
    attr 2, :vxlan, {:nested, Vxlan}, "options of VXLAN"
    attr 3, :erspan, {:nested, Erspan}, "options of ERSPAN"
  end

  @typedoc "Class, type and data of a GENEVE option; the data have 4, 8, … 128 bytes."
  @type geneve_option :: {0..0xFFFF, 0..0xFF, binary()}

  @doc """
  Tunnel options of GENEVE.
  """
  @spec geneve([geneve_option()]) :: t()
  def geneve(options) do
    parts =
      for {class, type, data} <- options,
          do: struct!(Geneve, class: [class], type: [type], data: [data])

    %__MODULE__{geneve: parts}
  end

  @doc """
  GENEVE options of tunnel options.

      iex> Linx.Netlink.Rtnl.Encap.TunnelOpts.geneve_options(
      ...>   Linx.Netlink.Rtnl.Encap.TunnelOpts.geneve([{0x102, 0x80, <<1, 2, 3, 4>>}])
      ...> )
      [{0x102, 0x80, <<1, 2, 3, 4>>}]
  """
  @spec geneve_options(t()) :: [geneve_option()]
  def geneve_options(%__MODULE__{geneve: parts}) do
    Enum.flat_map(parts || [], fn %{class: class, type: type, data: data} ->
      Enum.zip([class || [], type || [], data || []])
    end)
  end
end

defmodule Linx.Netlink.Generic.Ethtool.TunnelInfo do
  @moduledoc """
  UDP ports of tunnels that a link offloads.

  Kernel side: `ETHTOOL_A_TUNNEL_INFO_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Dev}
  alias __MODULE__.Table

  codec prefix: "ETHTOOL_A_TUNNEL_INFO_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_TUNNEL_INFO_HEADER"

    attr 2, :udp_ports, {:array, {:nested, Table}, 1}, "tables of ports",
      element: "ETHTOOL_A_TUNNEL_UDP_TABLE"
  end

  @doc false
  # The struct with names of types.
  @spec finish(struct(), %{atom() => tuple()}) :: struct()
  def finish(%__MODULE__{udp_ports: tables} = info, _names) do
    tables = for table <- tables || [], do: %{table | types: Bits.named(table.types, nil, :list)}

    %{info | udp_ports: tables}
  end
end

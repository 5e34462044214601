defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Opts do
  @moduledoc """
  Options of one tunnel protocol: `NFTA_TUNNEL_KEY_OPTS_*`. At most one field can be set; `geneve` is
  a list of options.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`. Kernels without a fix of spring 2025 corrupt
  memory if `geneve` has more than one option.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Tunnel.{Erspan, Geneve, Vxlan}

  codec prefix: "NFTA_TUNNEL_KEY_OPTS_" do
    attr 1, :vxlan, {:nested, Vxlan}, "VXLAN"
    attr 2, :erspan, {:nested, Erspan}, "ERSPAN"
    attr 3, :geneve, {:repeated, {:nested, Geneve}}, "options of Geneve"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Opts do
  @moduledoc """
  What one kind of tunnel alone has: `NFTA_TUNNEL_KEY_OPTS_*`. Only one of them can be given;
  `geneve` is a list of options.

  Kernels that have not been mended since the spring of 2025 corrupt their memory where `geneve`
  is more than one option.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Tunnel.{Erspan, Geneve, Vxlan}

  codec do
    attr 1, :vxlan, {:nested, Vxlan}
    attr 2, :erspan, {:nested, Erspan}
    attr 3, :geneve, {:repeated, {:nested, Geneve}}
  end
end

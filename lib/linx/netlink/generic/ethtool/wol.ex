defmodule Linx.Netlink.Generic.Ethtool.Wol do
  @moduledoc """
  Wake-on-LAN of a link.

  Kernel side: `ETHTOOL_A_WOL_*` of `include/uapi/linux/ethtool_netlink.h`.

  `modes` reads as `%{supported: names, enabled: names}`, and is written as the modes to enable. `sopass`
  is a password: `inspect/2` does not show it, and errors do not contain it. Reading needs `CAP_NET_ADMIN`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev}

  codec prefix: "ETHTOOL_A_WOL_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_WOL_HEADER"
    attr 2, :modes, {:nested, Bitset}, "packets that wake the machine", as: Bits
    attr 3, :sopass, :binary, "password of SecureOn, 6 bytes", secret: true
  end

  options(
    modes: {Bits.option(), "packets that wake the machine"},
    sopass: {{:secret, {:binary, 6}}, "password of SecureOn"}
  )

  defimpl Inspect do
    def inspect(struct, opts), do: Linx.Text.hiding(struct, :sopass, opts)
  end
end

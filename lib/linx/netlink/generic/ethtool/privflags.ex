defmodule Linx.Netlink.Generic.Ethtool.Privflags do
  @moduledoc """
  Flags that a driver defines.

  Kernel side: `ETHTOOL_A_PRIVFLAGS_*` of `include/uapi/linux/ethtool_netlink.h`.

  The names of all flags of a link are its string set `:priv_flags`. In notifications flags are numbers.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev}

  codec prefix: "ETHTOOL_A_PRIVFLAGS_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_PRIVFLAGS_HEADER"
    attr 2, :flags, {:nested, Bitset}, "flags that are on", as: Bits
  end

  options(flags: {Bits.option(), "flags to turn on and off"})
end

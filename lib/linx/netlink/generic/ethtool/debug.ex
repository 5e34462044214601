defmodule Linx.Netlink.Generic.Ethtool.Debug do
  @moduledoc """
  Classes of messages that a driver logs.

  Kernel side: `ETHTOOL_A_DEBUG_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev}

  codec prefix: "ETHTOOL_A_DEBUG_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_DEBUG_HEADER"
    attr 2, :msgmask, {:nested, Bitset}, "classes that are logged", as: Bits
  end

  options(msgmask: {Bits.option(), "classes to log"})
end

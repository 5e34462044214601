defmodule Linx.Netlink.Generic.Ethtool.Module do
  @moduledoc """
  Power mode of the plug-in module of a link.

  Kernel side: `ETHTOOL_A_MODULE_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  @policies [high: 1, auto: 2]

  codec prefix: "ETHTOOL_A_MODULE_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_MODULE_HEADER"

    attr 2, :power_mode_policy, {:enum, :u8, @policies}, "when power is high",
      values: "ETHTOOL_MODULE_POWER_MODE_POLICY_"

    attr 3, :power_mode, {:enum, :u8, [low: 1, high: 2]}, "power",
      values: "ETHTOOL_MODULE_POWER_MODE_"
  end

  options(
    power_mode_policy:
      {{:enum, @policies}, "when power is high: always, or while a link is up",
       values: "ETHTOOL_MODULE_POWER_MODE_POLICY_"}
  )
end

defmodule Linx.Netlink.Generic.Ethtool.CableTestTdr.Nest do
  @moduledoc """
  Measurements of a cable test by reflections.

  Kernel side: `ETHTOOL_A_CABLE_TDR_NEST_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.CableTestTdr.{Amplitude, Pulse, Step}

  codec prefix: "ETHTOOL_A_CABLE_TDR_NEST_" do
    attr 1, :step, {:repeated, {:nested, Step}}, "distances"

    attr 2,
         :amplitude,
         {:repeated, {:nested, Amplitude}},
         "reflections, in the order of distances"

    attr 3, :pulse, {:repeated, {:nested, Pulse}}, "pulses that were sent"
  end
end

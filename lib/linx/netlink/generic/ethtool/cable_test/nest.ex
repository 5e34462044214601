defmodule Linx.Netlink.Generic.Ethtool.CableTest.Nest do
  @moduledoc """
  Results of a cable test.

  Kernel side: `ETHTOOL_A_CABLE_NEST_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.CableTest.{FaultLength, Result}

  codec prefix: "ETHTOOL_A_CABLE_NEST_" do
    attr 1, :result, {:repeated, {:nested, Result}}, "result of each pair"
    attr 2, :fault_length, {:repeated, {:nested, FaultLength}}, "distance of the fault of a pair"
  end
end

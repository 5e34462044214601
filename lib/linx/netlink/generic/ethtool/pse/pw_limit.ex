defmodule Linx.Netlink.Generic.Ethtool.Pse.PwLimit do
  @moduledoc """
  Range of limits of power that can be set.

  Kernel side: `ETHTOOL_A_C33_PSE_PW_LIMIT_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_C33_PSE_PW_LIMIT_" do
    attr 1, :min, :u32, "smallest limit, mW"
    attr 2, :max, :u32, "largest limit, mW"
  end
end

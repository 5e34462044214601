defmodule Linx.Netlink.Generic.Mptcp.Limits do
  @moduledoc """
  Limits of the connections of a namespace.

  Kernel side: `MPTCP_PM_ATTR_RCV_ADD_ADDRS` and `MPTCP_PM_ATTR_SUBFLOWS` of
  `include/uapi/linux/mptcp_pm.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "MPTCP_PM_ATTR_" do
    header Linx.Netlink.Generic.Header
    attr 2, :rcv_add_addrs, :u32, "addresses that a connection accepts from its peer"
    attr 3, :subflows, :u32, "subflows of a connection besides the first"
  end

  options(
    rcv_add_addrs: {0..0xFFFFFFFF, "addresses that a connection accepts from its peer"},
    subflows: {0..0xFFFFFFFF, "subflows of a connection besides the first"}
  )
end

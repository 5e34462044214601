defmodule Linx.Netlink.Generic.Mptcp.Connection do
  @moduledoc """
  Connection of Multipath TCP, or a subflow of it, in a notification.

  Kernel side: `MPTCP_ATTR_*` of `include/uapi/linux/mptcp_pm.h`, `MPTCP_PM_EV_FLAG_*` and `MPTCP_RST_*` of
  `include/uapi/linux/mptcp.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.IP
  alias Linx.Netlink.Options

  # MPTCP_PM_EV_FLAG_*.
  @flags [deny_join_id0: 0x1, server_side: 0x2]

  # MPTCP_RST_*, RFC 8684.
  @reset_reasons [
    eunspec: 0,
    emptcp: 1,
    eresource: 2,
    eprohibit: 3,
    ewq2big: 4,
    ebadperf: 5,
    emiddlebox: 6
  ]

  codec prefix: "MPTCP_ATTR_" do
    header Linx.Netlink.Generic.Header
    attr 1, :token, :u32, "number of the connection"
    attr 2, :family, {:enum, :u16, Options.families()}, "address family", values: "AF_"
    attr 3, :loc_id, :u8, "id of the local address"
    attr 4, :rem_id, :u8, "id of the peer's address"
    attr 5, :saddr4, IP, "local address, IPv4"
    attr 6, :saddr6, IP, "local address, IPv6"
    attr 7, :daddr4, IP, "address of the peer, IPv4"
    attr 8, :daddr6, IP, "address of the peer, IPv6"
    attr 9, :sport, :be16, "local port"
    attr 10, :dport, :be16, "port of the peer"
    attr 11, :backup, {:bool, :u8}, "the peer uses the subflow as a backup"
    attr 12, :error, :u8, "error number of the subflow's socket"
    attr 13, :flags, {:flags, :u16, @flags}, "flags", values: "MPTCP_PM_EV_FLAG_"
    attr 14, :timeout, :u32, "timeout"
    attr 15, :if_idx, :s32, "index of the link of the subflow, 0 for none"

    attr 16, :reset_reason, {:enum, :u32, @reset_reasons}, "reason of a reset, RFC 8684",
      values: "MPTCP_RST_"

    attr 17, :reset_flags, :u32, "flags of a reset: 1 for a transient condition"
    attr 18, :server_side, {:bool, :u8}, "the connection was accepted here"
  end

  @doc """
  Local address of either family.
  """
  @spec source(t()) :: IP.t() | nil
  def source(%__MODULE__{} = connection), do: connection.saddr4 || connection.saddr6

  @doc """
  Address of the peer, of either family.
  """
  @spec destination(t()) :: IP.t() | nil
  def destination(%__MODULE__{} = connection), do: connection.daddr4 || connection.daddr6
end

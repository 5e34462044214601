defmodule Linx.Netlink.Generic.Mptcp.Monitor do
  @moduledoc """
  Receives notifications of connections of Multipath TCP and their subflows, as messages to a process.

  Kernel side: `enum mptcp_event_type` of `include/uapi/linux/mptcp_pm.h`, group `mptcp_pm_events`.

      {:ok, monitor} = Linx.Netlink.Generic.Mptcp.Monitor.start_link()

      receive do
        {:linx_mptcp, ^monitor, %Linx.Netlink.Generic.Event{op: :established, resource: connection}} ->
          connection.token
      end

  Messages are those of `Linx.Netlink.Generic.Monitor`, with the tag `:linx_mptcp`; `resource` is a
  `Linx.Netlink.Generic.Mptcp.Connection`. Needs `CAP_NET_ADMIN` in the user namespace of the network
  namespace. The values of `op`:

    * `:created`, `:established`, `:closed` - a connection;
    * `:announced`, `:removed` - an address of the peer;
    * `:sub_established`, `:sub_closed`, `:sub_priority` - a subflow;
    * `:listener_created`, `:listener_closed` - a socket of the kernel that waits for subflows at an
      endpoint with a port; from Linux 6.2.
  """

  use Linx.Netlink.Generic.Monitor,
    family: Linx.Netlink.Generic.Mptcp,
    tag: :linx_mptcp
end

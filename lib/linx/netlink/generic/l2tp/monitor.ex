defmodule Linx.Netlink.Generic.L2tp.Monitor do
  @moduledoc """
  Receives notifications of L2TP, as messages to a process.

  Kernel side: the group `L2TP_GENL_MCGROUP` of `include/uapi/linux/l2tp.h`.

      {:ok, monitor} = Linx.Netlink.Generic.L2tp.Monitor.start_link()

      receive do
        {:linx_l2tp, ^monitor, %Linx.Netlink.Generic.Event{op: :session_create, resource: session}} ->
          session.session_id
      end

  `op` is `:tunnel_create`, `:tunnel_delete`, `:tunnel_modify`, `:session_create`, `:session_delete` or
  `:session_modify`. Messages are those of `Linx.Netlink.Generic.Monitor`, with `:linx_l2tp` as their
  first element. Joining the group needs `CAP_NET_ADMIN`.
  """

  use Linx.Netlink.Generic.Monitor, family: Linx.Netlink.Generic.L2tp, tag: :linx_l2tp
end

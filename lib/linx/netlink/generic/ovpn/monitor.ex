defmodule Linx.Netlink.Generic.Ovpn.Monitor do
  @moduledoc """
  Receives notifications of ovpn links, as messages to a process.

  Kernel side: the group `OVPN_MCGRP_PEERS` of `include/uapi/linux/ovpn.h`.

      {:ok, monitor} = Linx.Netlink.Generic.Ovpn.Monitor.start_link()

      receive do
        {:linx_ovpn, ^monitor, %Linx.Netlink.Generic.Event{op: :peer_del_ntf, resource: ovpn}} ->
          {ovpn.peer.id, ovpn.peer.del_reason}
      end

  `op` is `:peer_del_ntf`, when a peer was deleted, `:key_swap_ntf`, when a key is used up and others are
  needed, or `:peer_float_ntf`, when the address of a peer has changed. `resource` is a
  `Linx.Netlink.Generic.Ovpn`. Messages are those of `Linx.Netlink.Generic.Monitor`, with `:linx_ovpn` as
  their first element.
  """

  use Linx.Netlink.Generic.Monitor, family: Linx.Netlink.Generic.Ovpn, tag: :linx_ovpn
end

defmodule Linx.Netlink.Generic.Netdev.Monitor do
  @moduledoc """
  Receives notifications of devices and page pools, as messages to a process.

  Kernel side: the groups `mgmt` and `page-pool` of `include/uapi/linux/netdev.h`; the latter from Linux
  6.8.

      {:ok, monitor} = Linx.Netlink.Generic.Netdev.Monitor.start_link(groups: ["mgmt"])

      receive do
        {:linx_netdev, ^monitor, %Linx.Netlink.Generic.Event{op: :dev_add_ntf, resource: dev}} ->
          dev.ifindex
      end

  Messages are those of `Linx.Netlink.Generic.Monitor`, with the tag `:linx_netdev`. The values of `op`, and
  `resource`:

    * `:dev_add_ntf`, `:dev_del_ntf`, `:dev_change_ntf` - a `Linx.Netlink.Generic.Netdev.Dev`;
    * `:page_pool_add_ntf`, `:page_pool_del_ntf`, `:page_pool_change_ntf` - a
      `Linx.Netlink.Generic.Netdev.PagePool`.
  """

  use Linx.Netlink.Generic.Monitor,
    family: Linx.Netlink.Generic.Netdev,
    tag: :linx_netdev
end

defmodule Linx.Netlink.Generic.Devlink.Monitor do
  @moduledoc """
  Receives notifications of devlink, as messages to a process.

  Kernel side: the group `DEVLINK_GENL_MCGRP_CONFIG_NAME` of `include/uapi/linux/devlink.h`.

      {:ok, monitor} = Linx.Netlink.Generic.Devlink.Monitor.start_link()

      receive do
        {:linx_devlink, ^monitor, %Linx.Netlink.Generic.Event{op: :param_new, resource: param}} ->
          Linx.Netlink.Generic.Devlink.Param.values(param)
      end

  `op` is `:new`, `:del`, `:port_new`, `:port_del`, `:param_new`, `:param_del`, `:region_new`,
  `:region_del`, `:health_reporter_recover`, `:trap_new`, `:trap_del`, `:trap_group_new`,
  `:trap_group_del`, `:trap_policer_new`, `:trap_policer_del`, `:rate_new` or `:rate_del`, and `resource`
  a struct of the object. Other notifications have the number of the command as `op`, and the message.

  Messages are those of `Linx.Netlink.Generic.Monitor`, with `:linx_devlink` as their first element.
  """

  use Linx.Netlink.Generic.Monitor, family: Linx.Netlink.Generic.Devlink, tag: :linx_devlink
end

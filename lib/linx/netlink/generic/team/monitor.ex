defmodule Linx.Netlink.Generic.Team.Monitor do
  @moduledoc """
  Receives notifications of teams, as messages to a process.

  Kernel side: the group `TEAM_GENL_CHANGE_EVENT_MC_GRP_NAME` of `include/uapi/linux/if_team.h`.

      {:ok, monitor} = Linx.Netlink.Generic.Team.Monitor.start_link()

      receive do
        {:linx_team, ^monitor, %Linx.Netlink.Generic.Event{op: :port_list_get, resource: team}} ->
          team.list_port
      end

  `op` is `:options_get` or `:port_list_get`, and `resource` a `Linx.Netlink.Generic.Team` with the
  options or ports that have changed. Messages are those of `Linx.Netlink.Generic.Monitor`, with
  `:linx_team` as their first element.
  """

  use Linx.Netlink.Generic.Monitor, family: Linx.Netlink.Generic.Team, tag: :linx_team
end

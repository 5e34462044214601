defmodule Linx.Netlink.Generic.Devlink.TrapNames do
  @moduledoc false
  # Names of values of traps and their groups.

  # DEVLINK_TRAP_ACTION_* of include/uapi/linux/devlink.h.
  @spec actions() :: keyword(non_neg_integer())
  def actions, do: [drop: 0, trap: 1, mirror: 2]

  # DEVLINK_TRAP_TYPE_*.
  @spec types() :: keyword(non_neg_integer())
  def types, do: [drop: 0, exception: 1, control: 2]
end

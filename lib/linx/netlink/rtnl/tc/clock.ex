defmodule Linx.Netlink.Rtnl.Tc.Clock do
  @moduledoc false
  # Clocks of qdiscs and actions that follow a schedule.

  # CLOCK_* of include/uapi/linux/time.h.
  @ids [realtime: 0, monotonic: 1, boottime: 7, tai: 11]

  @doc "The ids of the clocks."
  @spec ids() :: keyword(non_neg_integer())
  def ids, do: @ids
end

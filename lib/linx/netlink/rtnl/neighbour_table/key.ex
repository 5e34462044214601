defmodule Linx.Netlink.Rtnl.NeighbourTable.Key do
  @moduledoc false
  # Identity of a table, or of the parameters of a link in it. Pure.

  alias Linx.Netlink.Rtnl.NeighbourTable

  @doc """
  Family and name of the table, and the index of the link; `nil` for the table itself.
  """
  @spec unique(NeighbourTable.t()) :: tuple()
  def unique(table), do: {table.family, table.name, table.parms && table.parms.ifindex}
end

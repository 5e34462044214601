defmodule Linx.Netlink.Rtnl.Route.Text do
  @moduledoc false
  # Parts of the one-line form of a route.

  alias Linx.Netlink.Rtnl.Route
  alias Linx.Text

  # RT_TABLE_MAIN and RTPROT_BOOT: what `ip route` leaves out.
  @main 254
  @boot 3

  @spec parts(Route.t()) :: [String.t() | nil | false]
  def parts(route) do
    table = Route.target_table(route)

    [
      destination(route),
      Text.part("via ", Route.gateway(route)),
      Text.part("oif=", route.oif),
      table != @main && "table=#{Text.field(table)}",
      Text.part("metric=", route.priority),
      route.protocol != @boot && "proto=#{Text.field(route.protocol)}",
      Text.part("nexthops=", route.multipath && length(route.multipath)),
      Text.part("nhid=", route.nh_id),
      type(Route.type(route))
    ]
  end

  defp destination(%{dst: nil, dst_len: 0}), do: "default"
  defp destination(%{dst: nil}), do: "?"

  defp destination(%{dst: dst, dst_len: length} = route) do
    if label = Route.label(route),
      do: "label #{Text.field(label)}",
      else: "#{Text.field(dst)}/#{Text.field(length)}"
  end

  # Types that drop packets.
  defp type(type) when type in [:blackhole, :unreachable, :prohibit, :throw], do: "type=#{type}"
  defp type(_type), do: nil
end

# Prints this machine's links, addresses and routes; needs no privilege:
#
#     mix run examples/show.exs
#
# With an argument, those of another network namespace; needs root:
#
#     mix run examples/show.exs /run/netns/NAME

alias Linx.Netlink.{Rtnl, Socket}
alias Linx.Netlink.Rtnl.{Address, Link, Route}

defmodule Table do
  def print(title, [first | _] = rows) do
    widths =
      for column <- 0..(tuple_size(first) - 1),
          do: rows |> Enum.map(&width(elem(&1, column))) |> Enum.max()

    IO.puts("\n" <> title)

    for row <- rows do
      cells = row |> Tuple.to_list() |> Enum.zip_with(widths, &String.pad_trailing(text(&1), &2))
      IO.puts("  " <> String.trim_trailing(Enum.join(cells, "  ")))
    end
  end

  defp width(cell), do: String.length(text(cell))

  defp text(nil), do: "-"

  # A link's name may contain almost any bytes.
  defp text(cell) when is_binary(cell) do
    if String.valid?(cell) and cell =~ ~r/\A[[:print:]]*\z/u, do: cell, else: inspect(cell)
  end

  defp text(cell), do: to_string(cell)
end

netns =
  case System.argv() do
    [] -> :host
    [path] -> {:path, path}
  end

{:ok, sock} = Rtnl.open(netns)
{:ok, links} = Link.list(sock)
{:ok, addresses} = Address.list(sock)
{:ok, routes} = Route.list(sock)
:ok = Socket.close(sock)

names = Map.new(links, &{&1.index, &1.name})

Table.print("Links", [
  {"INDEX", "NAME", "STATE", "MTU", "KIND", "ADDRESS"}
  | for link <- links do
      state = if Link.up?(link), do: "up", else: "down"
      {link.index, link.name, state, link.mtu, link.linkinfo && link.linkinfo.kind, link.address}
    end
])

Table.print("Addresses", [
  {"LINK", "ADDRESS"}
  | for address <- addresses do
      {names[address.index], "#{address.local || address.address}/#{address.prefixlen}"}
    end
])

# The table `local` has a route of the kernel for each address.
local = 255

Table.print("Routes", [
  {"DESTINATION", "VIA", "LINK", "METRIC", "TABLE"}
  | for route <- routes, Route.target_table(route) != local do
      dst = if route.dst, do: "#{route.dst}/#{route.dst_len}", else: "default"
      {dst, route.gateway, names[route.oif], route.priority, Route.target_table(route)}
    end
])

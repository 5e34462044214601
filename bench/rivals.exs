defmodule Bench.Rivals do
  @moduledoc false
  # Rows for other libraries that read the same list, by the programs of bench/rivals.

  import Bench.Measure

  @parsed "parsed into a struct of ours"

  # Library, list, and a note for the row.
  @rows %{
    links: [
      {"nlink", "links", "with IPv6 statistics"},
      {"rtnetlink", "links", nil},
      {"neli", "links", @parsed},
      {"cache", "links", "a cache, with IPv6 statistics"}
    ],
    routes: [
      {"nlink", "routes", nil},
      {"rtnetlink", "routes", nil},
      {"neli", "routes", @parsed},
      {"objects", "routes", "objects in an array"},
      {"nlink", "counted_routes", "`stream_routes`, counted"},
      {"rtnetlink", "counted_routes", "its stream, counted"}
    ],
    addresses: [
      {"nlink", "addresses", nil},
      {"rtnetlink", "addresses", nil},
      {"neli", "addresses", @parsed},
      {"cache", "addresses", "a cache"}
    ],
    neighbours: [
      {"nlink", "neighbours", nil},
      {"rtnetlink", "neighbours", nil},
      {"neli", "neighbours", @parsed},
      {"cache", "neighbours", "a cache"}
    ],
    elements: [{"nlink", "elements", "and the sets of the table"}],
    connections: [
      {"nlink", "connections", nil},
      {"nlink", "counted_connections", "`stream_conntrack_v4`, counted"}
    ]
  }

  # For `Bench.Measure.in_turn/1`.
  def rows(bin, kind, count, rounds, ns \\ nil) do
    for {how, list, note} <- Map.fetch!(@rows, kind),
        do: {name(how, note), fn -> sample(bin, how, list, count, rounds, ns) end}
  end

  # libnl's usual interface for routes. Many of 100,000 routes share a slot of its hash table, so that
  # a list takes seconds: it is measured once.
  def cached_routes(bin, count) do
    single(
      {name("cache", "a cache, measured once"), sample(bin, "cache", "routes", count, 1, nil)}
    )
  end

  defp sample(bin, how, list, count, rounds, ns) do
    program = if how in ["cache", "objects"], do: "libnl", else: "rivals"
    {figures, [listed]} = bin |> Path.join(program) |> program([how, list, rounds], ns)
    if listed != "#{count}", do: raise("#{how} lists #{listed} #{list}, we #{count}")
    figures
  end

  defp name(how, note), do: Enum.join([library(how) | List.wrap(note)], ", ")

  defp library(how) when how in ["cache", "objects"] do
    {version, 0} = System.cmd("pkg-config", ["--modversion", "libnl-route-3.0"])
    "libnl #{String.trim(version)}"
  end

  defp library(crate) do
    lock = File.read!(Path.join(__DIR__, "rivals/Cargo.lock"))
    [_, version] = Regex.run(~r/^name = "#{crate}"\nversion = "(.+)"$/m, lock)
    "`#{crate}` #{version}"
  end
end

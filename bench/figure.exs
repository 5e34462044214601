defmodule Bench.Figure do
  @moduledoc false
  # An SVG of the CPU time of lists and streams, of this library and others, as ratios to receiving the
  # same messages and discarding them.

  # Letter of the table, caption, and whether its rows are streams.
  @groups [
    {"a", "2,000 links", false},
    {"e", "100,000 routes", false},
    {"e", "100,000 routes, streamed", true},
    {"m", "100,000 routes through 8 gateways", false},
    {"m", "100,000 routes through 8 gateways, streamed", true},
    {"g", "10,000 addresses", false},
    {"p", "10,000 neighbours", false},
    {"l", "10,000 elements of a set", false},
    {"r", "10,000 tracked connections", false},
    {"r", "10,000 tracked connections, streamed", true}
  ]

  # Ratio at which bars are cut off.
  @longest 8
  @row 18
  @left 110
  @unit 70

  def svg(tables) do
    groups =
      for {letter, caption, stream?} <- @groups,
          {:table, title, rows} <- tables,
          letter?(title, letter) do
        {caption, bars(rows, stream?)}
      end

    {parts, height} = Enum.map_reduce(groups, 60, &group/2)

    """
    <svg xmlns="http://www.w3.org/2000/svg" width="720" height="#{height}" viewBox="0 0 720 #{height}" \
    font-family="sans-serif" font-size="12" fill="#6e7781">
    <text x="0" y="16" font-size="14">CPU time, as a multiple of receiving the messages and discarding them</text>
    <text x="0" y="34">bound: receiving, and making as many structs in the VM without decoding</text>
    #{parts}</svg>
    """
  end

  defp letter?(title, letter), do: String.starts_with?(title, letter <> ".")

  # The first row is the measure.
  defp bars([{_, _, {_, base, _}, _} | rows], stream?) do
    for {name, _walls, {_, cpu, _}, _counts} <- rows,
        label = label(name),
        String.ends_with?(name, "counted") == stream?,
        do: {label, cpu / base}
  end

  # Functions of this library.
  @ours ~w(Link.list Route.list Route.stream! Address.list Neighbour.list Nft.elements
           Conntrack.list Request.stream!)
  for name <- @ours, do: defp(label(unquote("`" <> name <> "/") <> _), do: "linx")

  defp label("`ip -json" <> _), do: "ip -json"
  defp label("`nft -json" <> _), do: "nft -json"
  defp label("`conntrack -L" <> _), do: "conntrack -L"
  defp label("the bound: receive" <> _), do: "bound"
  defp label("libnl" <> rest), do: unless(rest =~ "measured once", do: "libnl")

  defp label(name) do
    case Regex.run(~r/^`(\w+)` \d/, name) do
      [_, library] -> library
      nil -> nil
    end
  end

  defp group({caption, bars}, y) do
    rows = for {bar, at} <- Enum.with_index(bars), do: bar(bar, y + 8 + at * @row)
    text = ~s(<text x="0" y="#{y}" font-weight="bold">#{caption}</text>\n)
    {[text | rows], y + length(bars) * @row + 32}
  end

  defp bar({label, ratio}, y) do
    width = round(min(ratio, @longest) * @unit)
    color = Map.get(%{"linx" => "#0969da", "bound" => "#2da44e"}, label, "#afb8c1")
    shown = :erlang.float_to_binary(ratio / 1, decimals: 2)

    """
    <text x="#{@left - 8}" y="#{y + 12}" text-anchor="end">#{label}</text>
    <rect x="#{@left}" y="#{y + 2}" width="#{min(width, 560)}" height="#{@row - 5}" fill="#{color}"/>
    <text x="#{@left + min(width, 560) + 6}" y="#{y + 12}">#{shown}</text>
    """
  end
end

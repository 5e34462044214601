defmodule Bench.Input do
  @moduledoc false
  # Links and routes to measure with.

  def make_links(pairs) do
    lines = for n <- 1..pairs, do: "link add a#{n} type veth peer name b#{n}\n"
    file = Path.join(System.tmp_dir!(), "linx-bench-links")
    File.write!(file, lines)
    {_, 0} = System.cmd("ip", ["-batch", file])
    File.rm!(file)
  end

  # The routes are equal in each run. Three in five are /24, the others /16 to /23, from 16.0.0.0 up to
  # multicast; one in eight has a metric.
  def bgp_routes(count) do
    :rand.seed(:exsss, 186)

    fn ->
      len = if :rand.uniform(5) <= 3, do: 24, else: 15 + :rand.uniform(8)
      <<net::bitstring-size(len), _::bitstring>> = <<15 + :rand.uniform(208), random(65_536)::16>>
      {net, len}
    end
    |> Stream.repeatedly()
    |> Stream.uniq()
    |> Stream.take(count)
    |> Enum.map(fn {net, len} ->
      <<a, b, c>> = <<net::bitstring, 0::size(24 - len)>>
      metric = if random(8) == 0, do: [metric: 100 + 100 * random(4)], else: []
      gateway = "10.0.#{random(2)}.#{1 + random(4)}"
      {"#{a}.#{b}.#{c}.0", len, gateway, [protocol: :bgp] ++ metric}
    end)
  end

  defp random(n), do: :rand.uniform(n) - 1
end

defmodule Bench.Input do
  @moduledoc false
  # Links, routes and connections to measure with.

  alias Linx.IP
  alias Linx.Netlink.Batch
  alias Linx.Netlink.Nfnl.Conntrack
  alias Linx.Netlink.Rtnl.Route

  def make_links(pairs) do
    lines = for n <- 1..pairs, do: "link add a#{n} type veth peer name b#{n}\n"
    file = file("links")
    File.write!(file, lines)
    {_, 0} = System.cmd("ip", ["-batch", file])
    File.rm!(file)
  end

  # A file of this run.
  def file(name), do: Path.join(System.tmp_dir!(), "linx-bench-#{System.pid()}-#{name}")

  # Routes through the loopback device.
  def add_routes(sock, range, opts) do
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for n <- range, do: Route.add(batch, dst(n), 24, nil, [dev: 1] ++ opts)
      end)

    [:ok] = Enum.uniq(results)
  end

  # The networks /24 from 16.0.0.0 on, of 250 in 256 each.
  def dst(n), do: "#{16 + div(n, 62_500)}.#{div(rem(n, 62_500), 250)}.#{rem(n, 250)}.0"

  # UDP connections, without a packet of them.
  def add_connections(sock, range) do
    for chunk <- Enum.chunk_every(range, 100_000) do
      {:ok, results} =
        Batch.run(sock, fn batch -> for n <- chunk, do: Conntrack.create(batch, connection(n)) end)

      [:ok] = Enum.uniq(results)
    end
  end

  defp connection(n) do
    {client, server} = {%IP{family: :inet, bytes: <<10, n::24>>}, "192.0.2.1"}
    {:ok, orig} = Conntrack.Tuple.new(client, server, :udp, 1024 + rem(n, 60_000), 53)
    {:ok, reply} = Conntrack.Tuple.new(server, client, :udp, 53, 1024 + rem(n, 60_000))
    %Conntrack{tuple_orig: orig, tuple_reply: reply, timeout: 86_400, status: [:confirmed]}
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

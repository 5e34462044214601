defmodule Linx.Namespace.Rtnl.Route.MetricsTest do
  # Metrics of routes, judged by `ip` and the bytes of the kernel.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP
  alias Linx.Netlink.{Attr, Request, Rtnl}
  alias Linx.Netlink.Rtnl.Route

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    addresses_ready(ns)
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  for {dst, length, gateway} <- [{"10.9.0.0", 16, "10.0.0.2"}, {"fd09::", 64, "fd00::2"}] do
    test "every metric of a route is set and listed: #{dst}", %{ns: ns, sock: sock} do
      metrics = [
        lock: [:mtu, :rtt],
        mtu: 1400,
        window: 7,
        rtt: 40,
        rttvar: 8,
        ssthresh: 3,
        cwnd: 9,
        advmss: 1000,
        reordering: 2,
        hoplimit: 8,
        initcwnd: 5,
        features: [:ecn],
        rto_min: 9,
        initrwnd: 77,
        quickack: true,
        cc_algo: "reno",
        fastopen_no_cookie: true
      ]

      {dst, length} = {unquote(dst), unquote(length)}
      assert Route.add(sock, dst, length, unquote(gateway), metrics: metrics) == :ok
      assert [%{"metrics" => [shown]}] = shown(ns, "#{dst}/#{length}")

      assert shown == %{
               "mtu" => 1400,
               "window" => 7,
               "rtt" => 5,
               "rttvar" => 2,
               "ssthresh" => 3,
               "cwnd" => 9,
               "advmss" => 1000,
               "reordering" => 2,
               "hoplimit" => 8,
               "initcwnd" => 5,
               "ecn" => nil,
               "rto_min" => 9,
               "initrwnd" => 77,
               "quickack" => 1,
               "congestion" => "reno",
               "fastopen_no_cookie" => 1
             }

      assert ip!(ns, "-#{if dst =~ ":", do: 6, else: 4} route show #{dst}/#{length}") =~
               "mtu lock 1400"

      {:ok, [route]} = Route.list(sock, protocol: :boot)

      assert route.metrics ==
               struct!(
                 Route.Metrics,
                 Keyword.merge(metrics, quickack: true, fastopen_no_cookie: true)
               )
    end
  end

  for {dst, length, gateway} <- [{"10.9.0.0", 16, "10.0.0.2"}, {"fd09::", 64, "fd00::2"}] do
    test "every TCP feature and every lock of a metric is set: #{dst}", %{sock: sock} do
      {dst, length} = {unquote(dst), unquote(length)}
      locks = Keyword.keys(Route.Metrics.__options__()) -- [:lock]

      metrics = [lock: locks, features: [:ecn, :sack, :timestamp, :allfrag]]
      assert Route.add(sock, dst, length, unquote(gateway), metrics: metrics) == :ok
      # `ip` of Debian 12 fails at features other than the first, and shows the lock of a metric
      # only beside its value.
      assert bytes(sock, dst, :features) == {12, <<0xF::native-32>>}
      assert bytes(sock, dst, :lock) == {1, <<0x3FFFC::native-32>>}

      if :os.version() >= {6, 7, 0} do
        metrics = [features: [:tcp_usec_ts]]
        assert Route.replace(sock, dst, length, unquote(gateway), metrics: metrics) == :ok
        assert bytes(sock, dst, :features) == {12, <<0x10::native-32>>}
      end
    end
  end

  # A destination as `ip route` shows it, in any table.
  defp shown(ns, dst) do
    family = if dst =~ ":", do: "-6", else: "-4"
    ip_json(ns, "-details #{family} route show table all #{dst}")
  end

  # The bytes of a metric as the kernel reports it.
  defp bytes(sock, dst, metric) do
    {:ok, %IP{bytes: dst}} = IP.parse(dst)
    {id, ^metric, _} = List.keyfind(Route.Metrics.__codec__().attrs, metric, 1)
    family = if byte_size(dst) == 4, do: 2, else: 10
    {:ok, messages} = Request.talk(sock, 26, 0x300, <<family, 0::88>>)

    [attrs] =
      for %{payload: <<_::binary-12, attrs::binary>>} <- messages,
          attrs = Attr.decode(attrs),
          List.keyfind(attrs, 1, 0) == {1, dst},
          do: attrs

    {_, metrics} = List.keyfind(attrs, 8, 0)
    List.keyfind(Attr.decode(metrics), id, 0)
  end
end

defmodule Linx.Namespace.Rtnl.Link.AfSpecTest do
  # Settings and counters of address families of a link, judged by `/proc/sys/net`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link

  test "the counters of IPv6 are read only with the option :stats", %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    {:ok, lo} = Link.get(sock, "lo")
    assert lo.af_spec.inet6.stats == nil

    {:ok, lo} = Link.get(sock, "lo", stats: true)
    assert [count | _] = lo.af_spec.inet6.stats
    assert length(lo.af_spec.inet6.stats) == count

    {:ok, [lo]} = Link.list(sock, stats: true, af_spec: true)
    assert is_list(lo.af_spec.inet6.icmp6stats)
    :ok = Socket.close(sock)
  end

  test "the settings of IPv4 and IPv6 are those under /proc/sys", %{ns: ns, path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    {:ok, lo} = Link.get(sock, "lo")
    exec!(ns, "sh", ["-c", "echo 1 > /proc/sys/net/ipv4/conf/lo/forwarding"])
    exec!(ns, "sh", ["-c", "echo 7 > /proc/sys/net/ipv6/conf/lo/hop_limit"])
    assert Link.Inet.settings(lo.af_spec.inet).forwarding == 0
    {:ok, lo} = Link.get(sock, "lo")
    :ok = Socket.close(sock)

    # Settings that are in milliseconds in the attribute, in seconds under /proc/sys.
    times = [
      :router_solicitation_interval,
      :router_solicitation_delay,
      :router_probe_interval,
      :router_solicitation_max_interval
    ]

    for {family, settings} <- [
          ipv4: Link.Inet.settings(lo.af_spec.inet),
          ipv6: Link.Inet6.settings(lo.af_spec.inet6)
        ] do
      assert map_size(settings) > 30

      for {name, value} <- settings do
        value = if name in times, do: div(value, 1000), else: value
        file = "/proc/sys/net/#{family}/conf/lo/#{name}"

        case System.cmd("ip", ["netns", "exec", ns, "cat", file], stderr_to_stdout: true) do
          {text, 0} ->
            assert {file, value} == {file, setting(text)}

          # Not every setting has a file in every kernel.
          {_, _} ->
            assert name in [
                     :tag,
                     :medium_id,
                     :mc_forwarding,
                     :optimistic_dad,
                     :use_optimistic,
                     :router_probe_interval,
                     :accept_ra_rtr_pref,
                     :accept_ra_rt_info_min_plen,
                     :accept_ra_rt_info_max_plen,
                     :seg6_require_hmac,
                     :rpl_seg_enabled
                   ]
        end
      end
    end
  end

  defp setting(text) do
    # The attribute is read as signed, also for settings that /proc/sys shows as unsigned.
    <<value::signed-32>> = <<String.to_integer(String.trim(text))::32>>
    value
  end
end

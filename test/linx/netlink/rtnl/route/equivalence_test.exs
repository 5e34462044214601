defmodule Linx.Netlink.Rtnl.Route.EquivalenceTest do
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.Netlink.Rtnl.{Reconcile, Route}
  alias Linx.Netlink.Rtnl.Route.Equivalence

  @indices %{"v0" => 2, "br0" => 3}

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  defp normalize(section, spec) do
    with {:ok, all} <- Reconcile.normalize(%{section => [spec]}, @indices, 76),
         do: {:ok, hd(all[section])}
  end

  describe "a route is equivalent to the desired one" do
    defp equivalent?(spec, fields) do
      {:ok, route} = normalize(:routes, spec)
      Equivalence.route?(route, struct!(route, fields))
    end

    test "if the kernel only added fields to it" do
      v4 = {"10.1.0.0", 16, "10.0.0.1"}
      assert equivalent?(v4, oif: 2, flags: 0x10, cacheinfo: %Route.Cacheinfo{})
      assert equivalent?({"fd01::", 16, "fd00::1"}, oif: 2, pref: :medium, priority: 1024)
      assert equivalent?({"10.1.0.0", 16, nil, nh_id: 7}, oif: 2, gateway: ip("10.0.0.1"))
      assert equivalent?({"fd01::", 16, nil, type: :blackhole}, oif: 1)
    end

    test "unless a specified field differs" do
      spec = {"10.1.0.0", 16, "10.0.0.1", dev: "v0", metrics: [mtu: 1400]}
      assert equivalent?(spec, [])

      for fields <- [
            [gateway: ip("10.0.0.2")],
            [gateway: nil],
            [oif: 3],
            [type: 6],
            [scope: 253],
            [prefsrc: ip("10.0.0.5")],
            [flags: 4],
            [metrics: nil],
            [metrics: %Route.Metrics{mtu: 1300}],
            [multipath: [%Route.Path{flags: []}, %Route.Path{flags: []}]]
          ] do
        refute equivalent?(spec, fields)
      end
    end

    test "with counters and values that the kernel fills into an encapsulation" do
      alias Linx.Netlink.Rtnl.Encap
      alias Linx.Netlink.Rtnl.Encap.{Bpf, Seg6Local, TunnelOpts}

      options = [{0x102, 0x80, <<1::32>>}, {0x103, 0x81, <<2::32>>}]
      [one, two] = TunnelOpts.geneve(options).geneve

      joined = %TunnelOpts.Geneve{
        class: one.class ++ two.class,
        type: one.type ++ two.type,
        data: one.data ++ two.data
      }

      for {option, reported, other} <- [
            {{:seg6_local, action: :end, count: true},
             &%{&1 | counters: %Seg6Local.Counters{packets: 7, bytes: 70, errors: 1}},
             &%{&1 | counters: nil}},
            {{:ioam6, type: 0x800000, size: 12, namespace: 1},
             &%{&1 | trace: <<1::16, 8, 3, 0x80, 0, 0, 0>>},
             &%{&1 | trace: <<2::16, 8, 3, 0x80, 0, 0, 0>>}},
            {{:ip, id: 7, flags: [:key], opts: TunnelOpts.geneve(options)},
             &%{&1 | opts: %TunnelOpts{geneve: [joined]}, flags: [:key, :geneve_opt]},
             &%{&1 | opts: %TunnelOpts{geneve: [one]}}},
            {%Bpf{xmit: %Bpf.Program{fd: 7, name: "push"}, xmit_headroom: 20},
             &%{&1 | xmit: %Bpf.Program{name: "push"}, xmit_headroom: nil},
             &%{&1 | xmit: %Bpf.Program{name: "pop"}}}
          ] do
        {:ok, {type, %module{} = encap}} = Encap.new(option)
        encap = encap |> module.encode() |> module.decode()
        route = &[encap_type: type, encap: &1.(encap)]
        spec = {"10.1.0.0", 16, nil, dev: "v0", encap: option}

        assert {option, equivalent?(spec, route.(reported))} == {option, true}
        refute equivalent?(spec, route.(other))
      end
    end

    test "in any order of its next hops" do
      hops = [[gateway: "10.0.0.1", dev: "v0"], [gateway: "10.0.0.2", dev: "v0", weight: 3]]
      spec = {"10.1.0.0", 16, nil, nexthops: hops}
      {:ok, %{multipath: multipath}} = normalize(:routes, spec)

      assert equivalent?(spec, multipath: Enum.reverse(multipath))
      refute equivalent?(spec, multipath: Enum.map(multipath, &%{&1 | hops: 0}))
      refute equivalent?(spec, multipath: Enum.take(multipath, 1))
      refute equivalent?(spec, multipath: multipath ++ [List.last(multipath)])
    end
  end
end

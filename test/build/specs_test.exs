defmodule Linx.Build.SpecsTest do
  # The kernel's netlink specifications, where this machine has them: each becomes modules that compile
  # without warnings, and the numbers and widths of those equal the handwritten ones.
  #
  # LINX_SPECS=DIR is a folder of specifications; else Debian's linux-source-* is read.
  use ExUnit.Case, async: false

  import ExUnit.CaptureIO

  alias Linx.Netlink.{Generic, Rtnl, Spec}
  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Test.{SpecComparison, Specs}

  @moduletag :build
  @moduletag timeout: 600_000

  if missing = Specs.missing() do
    IO.puts(:stderr, "Specifications not compared: #{missing}.")
    @moduletag skip: missing
  end

  # Families of generic netlink, and the codec modules of messages of other protocols.
  @families %{
    "nlctrl" => Generic.Controller,
    "wireguard" => Generic.WireGuard,
    "ethtool" => Generic.Ethtool,
    "mptcp_pm" => Generic.Mptcp,
    "fou" => Generic.Fou,
    "netdev" => Generic.Netdev,
    "tcp_metrics" => Generic.TcpMetrics
  }
  @messages %{
    "rt-link" => [LinkAttrs: Rtnl.Link],
    "rt-route" => [RouteAttrs: Rtnl.Route],
    "rt-addr" => [AddrAttrs: Rtnl.Address],
    "rt-neigh" => [NeighbourAttrs: Rtnl.Neighbour, NdtAttrs: Rtnl.NeighbourTable],
    "rt-rule" => [FibRuleAttrs: Rtnl.Rule],
    # Actions are within filters. Two sets are within nothing, and in Linux 6.12 all have a prefix.
    "tc" =>
      for(
        {set, modules} <- [
          Attrs: [Tc.Qdisc, Tc.Class, Tc.Filter, Tc.Chain],
          HfscAttrs: Tc.Class.Hfsc,
          FlowerKeyMplsOptAttrs: Tc.Filter.Flower.Lse
        ],
        do: {[set, Module.concat(["Tc#{set}"])], modules}
      )
  }

  # Least number of attributes to be compared, of the modules that this version of the library has.
  @least 500

  # Differences of single attributes: of which specification, where, and why. `*` is any name.
  #
  # Numbers and widths that the specification has otherwise than the kernel's header or source.
  @types [
    {"rt-link", "linkinfo/data/bridge/vlan_protocol", "__be16"},
    {"rt-link", "linkinfo/data/bridge/root_id/*",
     "prio[2] and addr[6] of ifla_bridge_id are one number to us"},
    {"rt-link", "linkinfo/data/bridge/bridge_id/*", "the same"},
    {"rt-link", "linkinfo/data/ip6tnl/flags",
     "nla_put_u32 in net/ipv6/ip6_tunnel.c, not network order"},
    {"rt-link", "vfinfo_list/info/vlan_list/info/vlan_proto",
     "__be16 of ifla_vf_vlan_info, then padding"},
    {"rt-route", "sport", "__be16"},
    {"rt-route", "dport", "__be16"},
    {"rt-route", "cacheinfo", "struct rta_cacheinfo ends in id, ts and tsage, 12 bytes"},
    {"rt-neigh", "port", "__be16"},
    {"rt-rule", "tun_id", "__be64"},
    {"ethtool", "cable_test_tdr_ntf/nest/*/*",
     "ETHTOOL_A_CABLE_TDR_NEST_*, not those of a cable test"},
    {"ethtool", "rss_get/flow_hash/*", "values up to 4 bytes, which a uint has"},
    {"ethtool", "pse_ntf/events", "the same"},
    {"ethtool", "stats_get/grp/stat", "a nest of the counter by its number in the string set"},
    {"rt-link", "vf_ports", "nests of which each is a port"},
    {"rt-link", "af_spec", "by the address family"},
    {"ethtool", "strset_get/stringsets/stringset/strings/string", "a list of strings, once"},
    {"ethtool", "tunnel_info_get/udp_ports/table", "a list of tables"},
    {"netdev", "queue_get/xsk", "a nest without attributes"},
    {"tc", "options/ets/quanta", "a nest of TCA_ETS_QUANTA_BAND"},
    {"tc", "options/ets/priomap", "a nest of TCA_ETS_PRIOMAP_BAND"},
    {"tc", "options/ets/quanta_band", "of a class, which has one"},
    {"tc", "options/gred/stab", "256 bytes"},
    {"tc", "options/*/parms/*rate_overhead", "u16 of tc_ratespec, not u8"},
    {"tc", "options/*/parms/*rate_mpu", "the same"},
    {"tc", "options/*/parms/*rate_cell_align", "s16 of tc_ratespec, at 4"},
    {"tc", "options/*/parms/ceil_overhead", "u16 of tc_ratespec, not u8"},
    {"tc", "options/*/parms/ceil_mpu", "the same"},
    {"tc", "options/*/parms/ceil_cell_align", "s16 of tc_ratespec, at 4"},
    {"tc", "options/*/act/options/police/*/*rate_overhead", "u16 of tc_ratespec, not u8"},
    {"tc", "options/*/act/options/police/*/*rate_mpu", "the same"},
    {"tc", "options/*/act/options/police/*/*rate_cell_align", "s16 of tc_ratespec, at 4"},
    {"tc", "options/sfb/*", "struct tc_sfb_qopt is TCA_SFB_PARMS of a nest"},
    {"tc", "xstats/fq/band_*", "arrays of three, which are fields to us"},
    {"tc", "options/*/act/stats/app/fq/band_*", "the same"},
    {"tc", "stats2/app/fq/band_*", "the same"},
    {"tc", "options/*/act/options/pedit/parms", "struct tc_pedit_sel and its keys"},
    {"tc", "options/*/act/options/tunnel_key/enc_key_id",
     "NLA_U32 in net/sched/act_tunnel_key.c"},
    {"tc", "options/*/act/options/vlan/push_vlan_protocol", "__be16"},
    {"tc", "options/flower/key_vlan_id",
     "nla_put_u16 in net/sched/cls_flower.c, not network order"},
    {"tc", "options/flower/key_cvlan_id", "the same"},
    {"tc", "options/flower/key_mpls_label", "nla_put_u32, not network order"},
    {"tc", "options/flower/key_enc_opts/geneve/class", "__be16"},
    {"tc", "options/flower/key_enc_opts/erspan/index", "__be32"},
    {"tc", "options/flower/key_mpls_opts",
     "nests TCA_FLOWER_KEY_MPLS_OPTS_LSE, of which each has the attributes"},
    {"tc", "options/u32/sel", "struct tc_u32_sel and its keys"},
    {"tc", "options/u32/pcnt", "struct tc_u32_pcnt, whose counters of keys are an array"},
    # Those of Linux 6.12, which later ones have right.
    {"rt-link", "linkinfo/data/erspan/iflags", "__be16"},
    {"rt-link", "linkinfo/data/erspan/oflags", "__be16"},
    {"rt-link", "linkinfo/data/erspan/ikey", "__be32"},
    {"rt-link", "linkinfo/data/erspan/okey", "__be32"},
    {"rt-link", "linkinfo/data/erspan/encap_limit", "nla_put_u8 in net/ipv6/ip6_gre.c"},
    {"rt-link", "linkinfo/data/erspan/flowinfo", "__be32"},
    {"rt-link", "linkinfo/data/erspan/encap_sport", "__be16"},
    {"rt-link", "linkinfo/data/erspan/encap_dport", "__be16"},
    {"rt-link", "linkinfo/data/geneve/port", "__be16"},
    {"rt-link", "linkinfo/data/geneve/label", "__be32"},
    {"rt-link", "linkinfo/data/ipip/flowinfo", "__be32"},
    {"rt-link", "linkinfo/data/ipip/flags", "__be16"},
    {"rt-link", "linkinfo/data/ipip/encap_sport", "__be16"},
    {"rt-link", "linkinfo/data/ipip/encap_dport", "__be16"},
    {"rt-route", "rta_cacheinfo", "struct rta_cacheinfo ends in id, ts and tsage, 12 bytes"},
    {"rt-route", "rta_sport", "__be16"},
    {"rt-route", "rta_dport", "__be16"}
  ]

  # Attributes that only one direction has, which are two modules to us, or that the kernel does not send
  # or ignores; commands that need file descriptors; notifications whose numbers are values of an enum in
  # the specification.
  @absent [
    {"nlctrl", "getpolicy/policy/mask",
     "12 in include/uapi/linux/netlink.h, after the padding 11"},
    {"ethtool", "cable_test_tdr_ntf/nest/*/*", "ETHTOOL_A_CABLE_TDR_NEST_*"},
    {"wireguard", "get_device/flags", "request only"},
    {"wireguard", "get_device/peers/flags", "request only"},
    {"wireguard", "get_device/peers/allowedips/*", "request only, or in the address"},
    {"wireguard", "set_device/ifname", "requests have the index"},
    {"wireguard", "set_device/public_key", "reply only"},
    {"wireguard", "set_device/peers/*", "reply only"},
    {"nlctrl", "getfamily/*", "of getpolicy"},
    {"nlctrl", "getpolicy/*", "of getfamily"},
    {"nlctrl", "newfamily", "not in the specification"},
    {"nlctrl", "delfamily", "not in the specification"},
    {"nlctrl", "newmcast_grp", "not in the specification"},
    {"nlctrl", "delmcast_grp", "not in the specification"},
    {"ethtool", "stats_get/*", "request only, or reply only"},
    {"ethtool", "stats_get/grp/hist_*", "within the buckets of the histogram"},
    {"mptcp_pm", "get_addr/*", "of get_limits"},
    {"mptcp_pm", "set_limits/*", "of the other commands"},
    {"mptcp_pm", "unspec", "no command"},
    {"fou", "unspec", "no command"},
    {"mptcp_pm", "*", "MPTCP_EVENT_* of include/uapi/linux/mptcp_pm.h"},
    {"rt-link", "stats", "struct rtnl_link_stats; stats64 has all of it"},
    {"rt-route", "protoinfo", "not used"},
    {"rt-route", "session", "not used"},
    {"rt-route", "mp_algo", "not used"},
    {"rt-route", "pad", "padding"},
    {"rt-route", "rta_protoinfo", "not used"},
    {"rt-route", "rta_session", "not used"},
    {"rt-route", "rta_mp_algo", "not used"},
    {"rt-route", "rta_pad", "padding"},
    {"rt-neigh", "unspec", "padding"},
    {"tc", "options/clsact", "no options"},
    {"tc", "options/ingress", "no options"},
    {"tc", "options/mq", "no options"},
    {"tc", "options/ets/priomap_band", "within the nest priomap"},
    {"tc", "options/netem/pad", "padding"},
    {"tc", "options/taprio/sched_single_entry", "refused by net/sched/sch_taprio.c"},
    {"tc", "options/*/act/options/pedit/key_ex", "within the nest keys_ex"},
    {"tc", "stats", "struct tc_stats; stats2 has all of it"},
    {"tc", "fcnt", "of the reply to a flush of actions"},
    {"netdev", "bind_rx", "memory of devices"},
    {"netdev", "bind_tx", "memory of devices"},
    {"netdev", "queue_create", "queues that are leased to another link"}
  ]

  test "each specification becomes modules that compile without warnings and have values" do
    assert length(Specs.files()) > 10

    for file <- Specs.files() do
      warnings =
        capture_io(:stderr, fn ->
          {:ok, module} = Spec.load(file, prefix: "Linx.SpecsTest")
          send(self(), {file, module})
        end)

      assert {file, warnings} == {file, ""}
      assert_received {^file, module}
      {:ok, sources} = Spec.sources(file, prefix: "Linx.SpecsTest")
      for {name, _} <- sources, do: assert(empty?(Module.concat([name])), name)

      assert function_exported?(module, :__family__, 0) or
               function_exported?(module, :messages, 0)
    end
  end

  # An empty struct is its header, and reads as itself; a set whose selector is in a set around it has
  # no value alone.
  defp empty?(module) do
    if function_exported?(module, :__codec__, 0) and not inner?(module) do
      empty = struct!(module)
      module.encode(module.decode(module.encode(empty))) == module.encode(empty)
    else
      true
    end
  end

  defp inner?(module),
    do: inspect(module.__codec__(), limit: :infinity) =~ "{:outer" or outer?(module)

  defp outer?(module) do
    module.encode(struct!(module))
    false
  rescue
    ArgumentError -> true
  end

  test "numbers and widths of the handwritten modules are those of the specifications" do
    missing = for {name, family} <- @families, not Code.ensure_loaded?(family), do: name

    missing =
      missing ++
        for {name, sets} <- @messages,
            {_, modules} <- sets,
            module <- List.wrap(modules),
            not Code.ensure_loaded?(module),
            uniq: true,
            do: name

    if missing != [], do: IO.puts("No handwritten modules for #{Enum.join(missing, ", ")}.")

    compared =
      for {name, ours} <- Enum.concat(@families, @messages),
          name not in missing,
          file = Specs.file(name),
          do: compare(name, file, ours)

    {differences, counts} = Enum.unzip(compared)
    assert Enum.concat(differences) == []
    assert compared == [] or Enum.sum(counts) > @least
  end

  defp compare(name, file, ours) do
    {:ok, family} = Spec.load(file, prefix: "Linx.SpecsTest")

    {differences, count} =
      if is_list(ours) do
        for {names, modules} <- ours, reduce: {[], 0} do
          {found, sum} ->
            {more, count} = SpecComparison.compare(set(family, names), modules)
            {found ++ more, sum + count}
        end
      else
        SpecComparison.families(family, ours)
      end

    {for(
       {path, what} <- differences,
       not form?(what),
       not newer?(path, what),
       not known?(name, path, what),
       do: {name, path, what}
     ), count}
  end

  # The module of a set, which has one of several names.
  defp set(family, names) do
    names = for name <- List.wrap(names), do: Module.concat(family, name)
    Enum.find(names, hd(names), &function_exported?(&1, :__codec__, 0))
  end

  # A command that is newer than the specifications: those of Linux 7.2, the first ones with WireGuard, have
  # all.
  defp newer?([_command], :unknown), do: Specs.file("wireguard") == nil
  defp newer?(_path, _what), do: false

  # Forms of values that are the house's decision, wherever they are.
  @scalars [{:int, 4}, {:big, 4}, {:bytes, 16}, :bytes]

  # An address, of 4 or 16 bytes, and one of 6 bytes.
  defp form?({:type, spec, Linx.IP}), do: spec in @scalars
  defp form?({:type, Linx.LinkAddress, Linx.MAC}), do: true
  # Bytes that have a form: a module with functions of its own, a struct, a list, a table.
  defp form?({:type, spec, ours}) when spec in [:bytes, :string] or elem(spec, 0) == :bytes,
    do: not match?({:int, _}, ours) or spec == :bytes

  # A set of bits with names; the kernel's text of an error by its number.
  defp form?({:type, {:int, _}, :dispatch}), do: true
  defp form?({:type, _, Linx.Netlink.Rtnl.LinkInfo}), do: true

  defp form?({:type, spec, ours}),
    do: is_atom(spec) and inspect(spec) =~ ~r/Bitset$/ and inspect(ours) =~ ~r/Bits$/

  # An attribute that the kernel repeats, without `multi-attr` in the specification.
  defp form?(:repeated), do: true
  defp form?(_other), do: false

  defp known?(name, path, what) do
    known = if what in [:missing, :unknown], do: @absent, else: @types
    path = Enum.map_join(path, "/", &to_string/1)

    Enum.any?(known, fn {of, where, _why} ->
      of == name and path =~ ~r/\A#{where |> Regex.escape() |> String.replace("\\*", "[^\/]*")}\z/
    end)
  end
end

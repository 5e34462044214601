defmodule Linx.Netlink.Rtnl.LinkInfo.Vxlan do
  @moduledoc """
  VXLAN: kind `"vxlan"`.

  Kernel side: `IFLA_VXLAN_*` of `include/uapi/linux/if_link.h`.

      Link.create_vxlan(sock, "vx42", 42, remote: "239.1.1.1", parent: "eth0", port: 4789)

  The default of `:port` is 8472, which is not the registered 4789, or 4790 with `:gpe`. With
  `:collect_metadata` the default of `:learning` is `false`. `ttl_inherit` reads as one byte
  (`<<0>>` or `<<1>>`) and is written as an empty flag. Checksum and header variants are in `udp`.
  """

  @behaviour Linx.Netlink.Rtnl.LinkInfo.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.LinkInfo.{PortRange, TunnelNames}
  alias __MODULE__.Udp

  @dfs TunnelNames.dfs()
  @label_policies [fixed: 0, inherit: 1]

  codec prefix: "IFLA_VXLAN_" do
    attr 1, :id, :u32, "network identifier (VNI); needed unless collect_metadata is set"
    attr 2, :group, IP, "IPv4 remote address or multicast group"
    attr 3, :link, :u32, "index of the underlying link"
    attr 4, :local, IP, "IPv4 source address"
    attr 5, :ttl, :u8, "hop limit, 0 for the default of the route"
    attr 6, :tos, :u8, "TOS byte, 1 to copy that of the inner packet"
    attr 7, :learning, {:bool, :u8}, "learn addresses from packets"
    attr 8, :ageing, :u32, "lifetime of learned addresses, s"
    attr 9, :limit, :u32, "maximum number of learned addresses, 0 for no limit"
    attr 10, :port_range, PortRange, "UDP source ports"
    attr 11, :proxy, {:bool, :u8}, "answer ARP and ND from the table"
    attr 12, :rsc, {:bool, :u8}, "route short circuit"
    attr 13, :l2miss, {:bool, :u8}, "notify of unknown MAC addresses"
    attr 14, :l3miss, {:bool, :u8}, "notify of unknown IP addresses"
    attr 15, :port, :be16, "UDP port of the remote end"
    attr 16, :group6, IP, "IPv6 remote address or multicast group"
    attr 17, :local6, IP, "IPv6 source address"

    attr 25,
         :collect_metadata,
         {:bool, :u8},
         "take the tunnel parameters from the metadata of each packet"

    attr 26, :label, :be32, "IPv6 flow label"

    attr 28,
         :ttl_inherit,
         :binary,
         "copy the hop limit of the inner packet: `<<1>>`; an empty flag in requests"

    attr 29, :df, {:enum, :u8, @dfs}, "don't-fragment bit", values: "VXLAN_DF_"
    attr 30, :vnifilter, {:bool, :u8}, "accept configured networks only; needs collect_metadata"
    attr 31, :localbypass, {:bool, :u8}, "deliver to local VXLANs without encapsulation"

    attr 32, :label_policy, {:enum, :u32, @label_policies}, "source of the flow label",
      values: "VXLAN_LABEL_"

    attr 33, :reserved_bits, :binary, "mask of header bits that must be zero"

    attr 34,
         :mc_route,
         {:bool, :u8},
         "send encapsulated multicast by the multicast routes of the underlay"

    group :udp, Udp, "checksums and header variants"
  end

  options(
    id: {0..0xFFFFFF, "network identifier (VNI); needed unless collect_metadata is set"},
    parent: {:link, "link that carries the packets", field: [:link]},
    remote: {{:ip, {:group, :group6}}, "remote address or multicast group"},
    local: {{:ip, {:local, :local6}}, "source address"},
    ttl: {0..255, "hop limit, 0 for the default of the route"},
    ttl_inherit: {:inherit, "copy the hop limit of the inner packet"},
    tos: {0..255, "TOS byte, 1 to copy that of the inner packet"},
    df: {{:enum, @dfs}, "don't-fragment bit"},
    label: {0..0xFFFFF, "IPv6 flow label"},
    label_policy: {{:enum, @label_policies}, "source of the flow label"},
    learning: {:bool, "learn addresses from packets"},
    ageing: {0..0xFFFFFFFF, "lifetime of learned addresses, s"},
    limit: {0..0xFFFFFFFF, "maximum number of learned addresses, 0 for no limit"},
    port: {1..65_535, "UDP port of the remote end", only: :create},
    port_range: {{:pair, 1..65_535, PortRange}, "UDP source ports", only: :create},
    proxy: {:bool, "answer ARP and ND from the table"},
    rsc: {:bool, "route short circuit"},
    l2miss: {:bool, "notify of unknown MAC addresses"},
    l3miss: {:bool, "notify of unknown IP addresses"},
    collect_metadata: {:bool, "take the tunnel parameters from the metadata of each packet"},
    vnifilter: {:bool, "accept configured networks only; needs collect_metadata"},
    localbypass: {:bool, "deliver to local VXLANs without encapsulation"},
    reserved_bits: {{:binary, 8}, "mask of header bits that must be zero"},
    mc_route: {:bool, "send encapsulated multicast by the multicast routes of the underlay"},
    udp_csum: {:bool, "UDP checksum over IPv4", field: [{:udp, Udp}, :udp_csum]},
    udp_zero_csum6_tx:
      {:bool, "send without checksum over IPv6", field: [{:udp, Udp}, :udp_zero_csum6_tx]},
    udp_zero_csum6_rx:
      {:bool, "accept no checksum over IPv6", field: [{:udp, Udp}, :udp_zero_csum6_rx]},
    remcsum_tx: {:bool, "remote checksum offload, sending", field: [{:udp, Udp}, :remcsum_tx]},
    remcsum_rx: {:bool, "remote checksum offload, receiving", field: [{:udp, Udp}, :remcsum_rx]},
    remcsum_nopartial:
      {:flag, "no partial checksums with remote checksum offload",
       field: [{:udp, Udp}, :remcsum_nopartial]},
    gbp: {:flag, "group policy extension", field: [{:udp, Udp}, :gbp], only: :create},
    gpe: {:flag, "generic protocol extension", field: [{:udp, Udp}, :gpe], only: :create}
  )

  # With `:collect_metadata` each packet brings its parameters; 4790 is the port of VXLAN-GPE at
  # IANA.
  @impl true
  @doc false
  def __defaults__(_kind, given) do
    learning = if given[:collect_metadata] == true, do: [learning: false], else: []
    port = if given[:gpe] == true, do: [port: 4790], else: []
    learning ++ port
  end
end

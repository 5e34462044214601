defmodule Linx.Netlink.Rtnl.LinkInfo.Netkit do
  @moduledoc """
  netkit, a pair of links with BPF programs: kind `"netkit"`.

  Kernel side: `IFLA_NETKIT_*` of `include/uapi/linux/if_link.h`, Linux 6.7.

      Link.create(sock, "nk0", :netkit, peer: "nk1", mode: :l2)

  Policies have the numbers of the return codes of the programs: forward 0, blackhole 2.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Link

  @modes [l2: 0, l3: 1]
  @policies [forward: 0, blackhole: 2]
  @scrubs [none: 0, default: 1]
  @pairings [pair: 0, single: 1]

  codec prefix: "IFLA_NETKIT_" do
    attr 1, :peer_info, {:nested, Link}, "the peer, a whole link; requests only"
    attr 2, :primary, {:bool, :u8}, "this end is the primary one, which holds the settings"

    attr 3, :policy, {:enum, :u32, @policies}, "treatment of packets without a program",
      values: {"NETKIT_", forward: "NETKIT_PASS", blackhole: "NETKIT_DROP"}

    attr 4,
         :peer_policy,
         {:enum, :u32, @policies},
         "treatment of packets without a program, at the peer",
         values: {"NETKIT_", forward: "NETKIT_PASS", blackhole: "NETKIT_DROP"}

    attr 5, :mode, {:enum, :u32, @modes}, "layer, by default l3", values: "NETKIT_"

    attr 6, :scrub, {:enum, :u32, @scrubs}, "whether mark and priority are cleared",
      values: "NETKIT_SCRUB_"

    attr 7,
         :peer_scrub,
         {:enum, :u32, @scrubs},
         "whether mark and priority are cleared, at the peer",
         values: "NETKIT_SCRUB_"

    attr 8, :headroom, :u16, "headroom of packets, bytes"
    attr 9, :tailroom, :u16, "tailroom of packets, bytes"

    attr 10, :pairing, {:enum, :u32, @pairings}, "pair, or a single link",
      values: "NETKIT_DEVICE_"
  end

  options(
    peer: {{:nest, Link}, "peer", field: [:peer_info], only: :create},
    mode: {{:enum, @modes}, "layer, by default l3", only: :create},
    policy: {{:enum, @policies}, "treatment of packets without a program"},
    peer_policy: {{:enum, @policies}, "treatment of packets without a program, at the peer"},
    scrub: {{:enum, @scrubs}, "whether mark and priority are cleared", only: :create},
    peer_scrub:
      {{:enum, @scrubs}, "whether mark and priority are cleared, at the peer", only: :create},
    headroom: {0..0xFFFF, "headroom of packets, bytes", only: :create},
    tailroom: {0..0xFFFF, "tailroom of packets, bytes", only: :create},
    pairing: {{:enum, @pairings}, "pair, or a single link", only: :create}
  )
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Gre do
  @moduledoc """
  GRE tunnel: kinds `"gre"`, `"gretap"`, `"erspan"`, `"ip6gre"`,
  `"ip6gretap"` and `"ip6erspan"`.

  Kernel side: `IFLA_GRE_*` of `include/uapi/linux/if_tunnel.h`.

      Link.create(sock, "gre1", :gre, local: "192.0.2.1", remote: "192.0.2.2", key: 7)

  A key takes effect with `:key` in `iflags` and `oflags` only; the option `:key` sets all four.
  A tunnel over IPv4 with a multicast `:remote` and without `:key` has that address as its key.
  A tunnel over IPv6 has by default the `:ttl` 64 and the `:encap_limit` 4.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise, only: [|||: 2]

  alias Linx.IP
  alias Linx.Netlink.Rtnl.LinkInfo.{Kind, TunnelNames}

  @behaviour Kind

  @ip6_kinds ["ip6gre", "ip6gretap", "ip6erspan"]
  @erspan_kinds ["erspan", "ip6erspan"]

  @flags [csum: 0x8000, routing: 0x4000, key: 0x2000, seq: 0x1000]
  @ip6_flags TunnelNames.ip6_flags()
  @encaps TunnelNames.encap_types()
  @encap_flags TunnelNames.encap_flags()

  codec prefix: "IFLA_GRE_" do
    attr 1, :link, :u32, "index of the underlying link"

    attr 2, :iflags, {:flags, :be16, @flags}, "fields that received packets must have",
      values: {:be16, "GRE_"}

    attr 3, :oflags, {:flags, :be16, @flags}, "fields of sent packets", values: {:be16, "GRE_"}
    attr 4, :ikey, :be32, "key of received packets"
    attr 5, :okey, :be32, "key of sent packets"
    attr 6, :local, IP, "source address"
    attr 7, :remote, IP, "remote address"
    attr 8, :ttl, :u8, "hop limit, 0 to copy that of the inner packet"
    attr 9, :tos, :u8, "TOS byte, 1 to copy that of the inner packet"
    attr 10, :pmtudisc, {:bool, :u8}, "path MTU discovery; IPv4 only"
    attr 11, :encap_limit, :u8, "maximum number of nested tunnels; IPv6 only"
    attr 12, :flowinfo, :be32, "traffic class and flow label; IPv6 only"

    attr 13, :flags, {:flags, :u32, @ip6_flags}, "fields copied from the inner packet; IPv6 only",
      values:
        {"IP6_TNL_F_",
         cap_xmit: {:kernel, "include/net/ip6_tunnel.h"},
         cap_rcv: {:kernel, "include/net/ip6_tunnel.h"},
         cap_per_packet: {:kernel, "include/net/ip6_tunnel.h"}}

    attr 14, :encap_type, {:enum, :u16, @encaps}, "second encapsulation", values: "TUNNEL_ENCAP_"

    attr 15, :encap_flags, {:flags, :u16, @encap_flags}, "checksums of the second encapsulation",
      values: "TUNNEL_ENCAP_FLAG_"

    attr 16,
         :encap_sport,
         :be16,
         "UDP source port of the second encapsulation, 0 for one per flow"

    attr 17, :encap_dport, :be16, "UDP port of the second encapsulation"

    attr 18,
         :collect_metadata,
         :flag,
         "take the tunnel parameters from the metadata of each packet"

    attr 19, :ignore_df, {:bool, :u8}, "ignore the don't-fragment bit of inner packets; IPv4 only"
    attr 20, :fwmark, :u32, "mark of sent packets"
    attr 21, :erspan_index, :u32, "index of version 1; erspan only"
    attr 22, :erspan_ver, :u8, "version; erspan only"

    attr 23,
         :erspan_dir,
         {:enum, :u8, ingress: 0, egress: 1},
         "mirrored direction of version 2; erspan only",
         values: {:kernel, "include/net/erspan.h"}

    attr 24, :erspan_hwid, :u16, "hardware id of version 2; erspan only"
  end

  options(
    parent: {:link, "link that carries the packets", field: [:link]},
    local: {:ip, "source address"},
    remote: {:ip, "remote address"},
    key:
      {0..0xFFFFFFFF, "key of both directions",
       field: {:both, [:ikey, :okey], iflags: 0x2000, oflags: 0x2000}},
    ikey: {0..0xFFFFFFFF, "key of received packets", field: {:both, [:ikey], iflags: 0x2000}},
    okey: {0..0xFFFFFFFF, "key of sent packets", field: {:both, [:okey], oflags: 0x2000}},
    iflags: {{:flags, @flags}, "fields that received packets must have"},
    oflags: {{:flags, @flags}, "fields of sent packets"},
    ttl: {0..255, "hop limit, 0 to copy that of the inner packet"},
    tos: {0..255, "TOS byte, 1 to copy that of the inner packet"},
    pmtudisc: {:bool, "path MTU discovery; IPv4 only"},
    ignore_df: {:bool, "ignore the don't-fragment bit of inner packets; IPv4 only"},
    encap_limit: {0..255, "maximum number of nested tunnels; IPv6 only"},
    flowinfo: {0..0x0FFFFFFF, "traffic class and flow label; IPv6 only"},
    flags: {{:flags, @ip6_flags}, "fields copied from the inner packet; IPv6 only"},
    encap_type: {{:enum, @encaps}, "second encapsulation"},
    encap_flags: {{:flags, @encap_flags}, "checksums of the second encapsulation"},
    encap_sport: {0..65_535, "UDP source port of the second encapsulation, 0 for one per flow"},
    encap_dport: {0..65_535, "UDP port of the second encapsulation"},
    collect_metadata: {:flag, "take the tunnel parameters from the metadata of each packet"},
    fwmark: {0..0xFFFFFFFF, "mark of sent packets"},
    erspan_index: {0..0xFFFFF, "index of version 1; erspan only"},
    erspan_ver: {0..2, "version; erspan only"},
    erspan_dir:
      {{:enum, [ingress: 0, egress: 1]}, "mirrored direction of version 2; erspan only"},
    erspan_hwid: {0..63, "hardware id of version 2; erspan only"}
  )

  @impl true
  @doc false
  def __options__(kind) do
    table = Kind.of_family(__options__(), if(kind in @ip6_kinds, do: :ip6, else: :ip4))
    if kind in @erspan_kinds, do: with_sequence_numbers(table), else: table
  end

  # The kernel refuses an ERSPAN tunnel with a key and without sequence numbers
  # (`erspan_validate`, net/ipv4/ip_gre.c).
  defp with_sequence_numbers(table) do
    for {name, row} <- table do
      case row do
        {type, text, field: {:both, fields, bits}} ->
          bits = for {field, bit} <- bits, do: {field, bit ||| @flags[:seq]}
          {name, {type, text, field: {:both, fields, bits}}}

        row ->
          {name, row}
      end
    end
  end

  @impl true
  @doc false
  def __defaults__(kind, given) when kind in @ip6_kinds do
    if given[:collect_metadata] == true, do: [], else: Kind.ip6_tunnel()
  end

  # The members of a multicast group have the group as their key.
  def __defaults__(_kind, %{remote: remote} = given) when not is_map_key(given, :key) do
    case multicast(remote) do
      nil -> []
      group -> [ikey: group, okey: group]
    end
  end

  def __defaults__(_kind, _given), do: []

  # An IPv4 multicast address as a number; `nil` of any other value.
  defp multicast(remote) do
    case IP.cast(remote) do
      {:ok, %IP{bytes: <<0xE::4, _::28>> = bytes}} -> :binary.decode_unsigned(bytes)
      _ -> nil
    end
  end
end

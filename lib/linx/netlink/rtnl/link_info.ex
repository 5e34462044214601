defmodule Linx.Netlink.Rtnl.LinkInfo do
  @moduledoc """
  What kind of device a link is, and what belongs to that kind.

  Kernel side: `IFLA_INFO_*` of `include/uapi/linux/if_link.h`.

      {:ok, link} = Linx.Netlink.Rtnl.Link.get(sock, "eth0.7")
      link.linkinfo.kind
      #=> "vlan"
      link.linkinfo.info_data.id
      #=> 7

  `kind` says how to read `info_data`, `slave_kind` (the kind of the master) how to
  read `slave_data`. Data of a kind that has no module here stay the raw bytes.
  Physical devices have no kind, and often no `linkinfo` at all.

  What is not said of a new link is as `ip link add` has it: a hop limit of 64 and four tunnels
  within each other for IPv6 tunnels, any inner protocol for `"ipip"` and `"sit"`, a multicast far
  end of a GRE tunnel as its key, no learning for a VXLAN with `:collect_metadata`, port 4790 for
  one with `:gpe`. Links made from a struct under `:info_data` have the kernel's defaults.
  """

  use Linx.Netlink.Codec

  import Bitwise, only: [bor: 2]

  alias Linx.IP

  alias __MODULE__.{
    Amt,
    Bareudp,
    Batadv,
    Bond,
    BondPort,
    Bridge,
    BridgePort,
    Can,
    Dsa,
    Geneve,
    Gre,
    Gtp,
    Hsr,
    Ip6tnl,
    Ipoib,
    Iptun,
    Ipvlan,
    Macsec,
    Macvlan,
    Netkit,
    Ovpn,
    Ppp,
    Rmnet,
    Tun,
    Veth,
    Vlan,
    Vrf,
    VrfPort,
    Vti,
    Vxlan,
    Xfrm
  }

  codec do
    attr 1, :kind, :string

    attr 2, :info_data, {
      :dispatch,
      :kind,
      %{
        "macvlan" => Macvlan,
        "ipvlan" => Ipvlan,
        "vlan" => Vlan,
        "veth" => Veth,
        "amt" => {:nested, Amt},
        "bareudp" => {:nested, Bareudp},
        "batadv" => {:nested, Batadv},
        "bond" => {:nested, Bond},
        "bridge" => {:nested, Bridge},
        "can" => {:nested, Can},
        "dsa" => {:nested, Dsa},
        "erspan" => {:nested, Gre},
        "geneve" => {:nested, Geneve},
        "gre" => {:nested, Gre},
        "gretap" => {:nested, Gre},
        "gtp" => {:nested, Gtp},
        "hsr" => {:nested, Hsr},
        "ip6erspan" => {:nested, Gre},
        "ip6gre" => {:nested, Gre},
        "ip6gretap" => {:nested, Gre},
        "ip6tnl" => {:nested, Ip6tnl},
        "ipip" => {:nested, Iptun},
        "ipoib" => {:nested, Ipoib},
        "ipvtap" => {:nested, Ipvlan},
        "macsec" => {:nested, Macsec},
        "macvtap" => {:nested, Macvlan},
        "netkit" => {:nested, Netkit},
        "ovpn" => {:nested, Ovpn},
        "ppp" => {:nested, Ppp},
        "rmnet" => {:nested, Rmnet},
        "sit" => {:nested, Iptun},
        "tun" => {:nested, Tun},
        "vrf" => {:nested, Vrf},
        "vti" => {:nested, Vti},
        "vti6" => {:nested, Vti},
        "vxcan" => {:nested, Veth},
        "vxlan" => {:nested, Vxlan},
        "xfrm" => {:nested, Xfrm}
      }
    }

    attr 3, :xstats, {:dispatch, :kind, %{"can" => Can.Stats}}, volatile: true
    attr 4, :slave_kind, :string

    attr 5, :slave_data, {
      :dispatch,
      :slave_kind,
      %{
        "bond" => {:nested, BondPort},
        "bridge" => {:nested, BridgePort},
        "vrf" => {:nested, VrfPort}
      }
    }
  end

  # What `ip link add` says of a kind without being told, so that a link is the same here. The
  # kernel's own defaults differ: an IPv6 tunnel that allows no tunnel within it, for instance.
  @defaults %{
    # DEFAULT_TNL_HOP_LIMIT of ip/link_ip6tnl.c and IPV6_DEFAULT_TNL_ENCAP_LIMIT of
    # include/uapi/linux/ip6_tunnel.h.
    "ip6tnl" => [ttl: 64, encap_limit: 4, encap_flags: [:csum6]],
    "ip6gre" => [ttl: 64, encap_limit: 4, encap_flags: [:csum6]],
    "ip6gretap" => [ttl: 64, encap_limit: 4, encap_flags: [:csum6]],
    "ip6erspan" => [ttl: 64, encap_limit: 4, encap_flags: [:csum6]],
    "ipip" => [proto: 0],
    "sit" => [proto: 0, ttl: 0]
  }

  # Options that follow from those given for a new link, as with `ip link add`.
  @doc false
  @spec implied(String.t(), keyword()) :: keyword()
  def implied(kind, opts) do
    for {key, value} <- defaults(kind, Map.new(opts)), not Keyword.has_key?(opts, key) do
      {key, value}
    end
  end

  # Each packet brings its parameters.
  defp defaults("vxlan", %{collect_metadata: true} = opts),
    do: [learning: false] ++ defaults("vxlan", Map.delete(opts, :collect_metadata))

  # The port that IANA has given to VXLAN-GPE.
  defp defaults("vxlan", %{gpe: true}), do: [port: 4790]

  # A key, which members of the group have in common.
  defp defaults(kind, %{remote: remote} = opts)
       when kind in ["gre", "gretap", "erspan"] and not is_map_key(opts, :key) do
    case multicast(remote) do
      nil -> []
      group -> [ikey: group, okey: group]
    end
  end

  defp defaults(kind, %{collect_metadata: true}) when kind != "ipip", do: []
  defp defaults(kind, _opts), do: Map.get(@defaults, kind, [])

  # The number of an IPv4 multicast address.
  defp multicast(%IP{family: :inet, bytes: <<0xE::4, _::28>> = bytes}),
    do: :binary.decode_unsigned(bytes)

  defp multicast(text) when is_binary(text),
    do: with({:ok, ip} <- IP.parse(text), do: multicast(ip), else: (_ -> nil))

  defp multicast(_other), do: nil

  # Tunnels whose ends have IPv6 addresses; of two kinds with one module the other has
  # IPv4 addresses.
  @ip6_kinds ["ip6erspan", "ip6gre", "ip6gretap", "ip6tnl", "vti6"]

  # The codec module of a kind's data, and the options it is made from.
  @doc false
  @spec kind(String.t()) :: {module() | nil, keyword()}
  def kind(kind), do: entry(:info_data, kind)

  @doc false
  @spec slave_kind(String.t()) :: {module() | nil, keyword()}
  def slave_kind(kind), do: entry(:slave_data, kind)

  # The options of every kind, and of every kind of port.
  @doc false
  @spec tables() :: [keyword()]
  def tables, do: for({kind, _type} <- dispatch(:info_data), do: elem(kind(kind), 1))

  @doc false
  @spec slave_tables() :: [keyword()]
  def slave_tables, do: for({kind, _type} <- dispatch(:slave_data), do: elem(slave_kind(kind), 1))

  defp dispatch(field) do
    {_id, _field, {:dispatch, _by, table}} = List.keyfind(__codec__().attrs, field, 1)
    table
  end

  defp entry(field, kind) do
    case dispatch(field) do
      %{^kind => {:nested, module}} -> {module, options(module, kind)}
      %{^kind => module} -> {module, options(module, kind)}
      %{} -> {nil, []}
    end
  end

  defp options(module, kind) do
    Code.ensure_loaded!(module)

    if function_exported?(module, :__options__, 0) do
      family = if kind in @ip6_kinds, do: :ip6, else: :ip4

      Enum.map(module.__options__(), fn
        {name, {:ip, text}} ->
          {name, {family, text}}

        {name, {type, text, field: {:both, fields, bits}}} ->
          {name, {type, text, field: {:both, fields, seq(bits, kind)}}}

        row ->
          row
      end)
    else
      []
    end
  end

  # An ERSPAN's packets must have sequence numbers along with the key.
  defp seq(bits, kind) when kind in ["erspan", "ip6erspan"],
    do: for({field, bit} <- bits, do: {field, bor(bit, 0x1000)})

  defp seq(bits, _kind), do: bits
end

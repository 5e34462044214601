defmodule Linx.Netlink.Rtnl.LinkInfo do
  @moduledoc """
  Kind of a link, and the data of the kind.

  Kernel side: `IFLA_INFO_*` of `include/uapi/linux/if_link.h`.

      {:ok, link} = Linx.Netlink.Rtnl.Link.get(sock, "eth0.7")
      link.linkinfo.kind
      #=> "vlan"
      link.linkinfo.info_data.id
      #=> 7

  `kind` selects the module of `info_data`, `slave_kind` (the kind of the master) that of
  `slave_data`. Data of a kind without a module are a binary, as the kernel sent them.
  Physical devices have no kind, and often no `linkinfo`.

  The defaults of a new link are those of `ip link add`: hop limit 64 and encapsulation limit 4 of
  a tunnel over IPv6, any inner protocol of `"ipip"` and `"sit"`, the multicast remote address of a
  GRE tunnel as its key, no learning of a VXLAN with `:collect_metadata`, port 4790 of a VXLAN with
  `:gpe`. A link created from a struct under `:info_data` has the kernel's defaults.
  """

  use Linx.Netlink.Codec

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
    Kind,
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

  codec prefix: "IFLA_INFO_" do
    attr 1, :kind, :string, "kind of the link, such as `\"veth\"`"

    attr 2,
         :info_data,
         {
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
         },
         "data of the kind",
         c: "IFLA_INFO_DATA"

    attr 3, :xstats, {:dispatch, :kind, %{"can" => Can.Stats}}, "counters of the kind",
      volatile: true

    attr 4, :slave_kind, :string, "kind of the master"

    attr 5,
         :slave_data,
         {
           :dispatch,
           :slave_kind,
           %{
             "bond" => {:nested, BondPort},
             "bridge" => {:nested, BridgePort},
             "vrf" => {:nested, VrfPort}
           }
         },
         "data of the link as a port of its master"
  end

  # The codec module of a kind's data and its table of options; `{nil, []}` of an unknown kind.
  @doc false
  @spec kind(String.t()) :: {module() | nil, keyword()}
  def kind(kind), do: entry(:info_data, kind)

  # Likewise for `slave_data`, by the kind of the master.
  @doc false
  @spec slave_kind(String.t()) :: {module() | nil, keyword()}
  def slave_kind(kind), do: entry(:slave_data, kind)

  # The options that a new link has without their being given, as with `ip link add`.
  @doc false
  @spec defaults(String.t(), keyword()) :: keyword()
  def defaults(kind, opts), do: Kind.defaults(module(:info_data, kind), kind, opts)

  # The tables of options of all kinds, and of all kinds of port.
  @doc false
  @spec tables() :: [keyword()]
  def tables, do: for({kind, _type} <- dispatch(:info_data), do: elem(kind(kind), 1))

  @doc false
  @spec slave_tables() :: [keyword()]
  def slave_tables, do: for({kind, _type} <- dispatch(:slave_data), do: elem(slave_kind(kind), 1))

  defp entry(field, kind) do
    case module(field, kind) do
      nil -> {nil, []}
      module -> {module, Kind.options(module, kind)}
    end
  end

  defp module(field, kind) do
    case dispatch(field) do
      %{^kind => {:nested, module}} -> module
      %{^kind => module} -> module
      %{} -> nil
    end
  end

  defp dispatch(field) do
    {_id, _field, {:dispatch, _by, table}} = List.keyfind(__codec__().attrs, field, 1)
    table
  end
end

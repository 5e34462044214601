defmodule Linx.Netlink.Rtnl.Netconf do
  @moduledoc """
  Forwarding settings of a link, of all links, or of links to come, for one address family.

  Kernel side: `struct netconfmsg` and the `NETCONFA_*` attributes of
  `include/uapi/linux/netconf.h`; the same settings as in `/proc/sys/net/ipv4/conf` and
  `/proc/sys/net/ipv6/conf`. They are written there: the kernel has no message for that.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, settings} = Netconf.list(sock, family: :inet6)
      {:ok, %Netconf{forwarding: true, rp_filter: :loose}} = Netconf.get(sock, "eth0")
      {:ok, %Netconf{ifindex: :all}} = Netconf.get(sock, :all)

  Reading needs no privilege.

  `ifindex` is the index of a link, `:all`, or `:default` for the settings that a new link gets. A
  setting that the family does not have is `nil`.

  A notification holds the settings that have changed.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; an unknown link is `:enodev`, a link without the
      family `:einval`;
    * `{:bad_name, name}`, `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :netconf,
    plural: :netconfs,
    messages: [new: 80, del: 81, get: 82],
    groups: [24, 25, 29],
    optional: true,
    key: [:family, :ifindex],
    whole?: :del,
    default: false,
    ifindex: [:ifindex]

  alias Linx.Netlink.{Batch, Options, Request}
  alias Linx.Netlink.Rtnl.Link

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_getnetconf 82

  # AF_INET, AF_INET6 and AF_MPLS.
  @families [inet: 2, inet6: 10, mpls: 28]

  codec prefix: "NETCONFA_" do
    header "struct netconfmsg", prefix: "ncm_" do
      field :family, {:enum, :u8, @families}, "address family", values: "AF_"
      pad 3
    end

    attr 1, :ifindex, {:enum, :s32, all: -1, default: -2}, "link, `:all` or `:default`",
      values: "NETCONFA_IFINDEX_"

    attr 2, :forwarding, {:bool, :s32}, "forward packets"

    attr 3,
         :rp_filter,
         {:enum, :s32, off: 0, strict: 1, loose: 2},
         "IPv4: reverse path filter (RFC 3704)",
         values: {:kernel, "Documentation/networking/ip-sysctl.rst"}

    attr 4, :mc_forwarding, {:bool, :s32}, "forward multicast packets"

    attr 5,
         :proxy_neigh,
         {:bool, :s32},
         "answer ARP or neighbour solicitations for other addresses"

    attr 6,
         :ignore_routes_with_linkdown,
         {:bool, :s32},
         "ignore routes over links without carrier"

    attr 7, :input, {:bool, :s32}, "MPLS: take in labelled packets"
    attr 8, :bc_forwarding, {:bool, :s32}, "IPv4: forward directed broadcasts"
  end

  @type error :: Link.error()

  @doc """
  The settings of the socket's namespace.

  Option: `:family`, `:inet`, `:inet6` or `:mpls`; all if not given. Further options are those of
  `Linx.Netlink.Request`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, family()),
         do:
           Request.dump(sock, @rtm_getnetconf, %__MODULE__{family: wanted[:family] || 0}, request)
  end

  @doc """
  The settings of a link, by name or index, of `:all` links, or the `:default` ones.

  Option: `:family`, `:inet` if not given. Further options are those of `Linx.Netlink.Request`.
  """
  @spec get(Request.target(), Link.ref() | :all | :default, keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(sock, link, opts \\ []) do
    with {:ok, request, wanted} <- Options.read(opts, :get, @netlink_route, family()),
         {:ok, index} <- index(sock, link, request) do
      query = %__MODULE__{family: wanted[:family] || :inet, ifindex: index}
      Request.fetch(sock, @rtm_getnetconf, query, request)
    end
  end

  defp family, do: [family: {:choice, @families}]

  defp index(_sock, link, _request) when link in [:all, :default], do: {:ok, link}
  defp index(sock, link, request), do: Link.index(sock, link, request)

  defimpl Inspect do
    alias Linx.Text

    def inspect(netconf, opts) do
      Text.show(netconf, opts, fn ->
        [
          "family=#{Text.field(netconf.family)}",
          Text.part("ifindex=", netconf.ifindex),
          Text.part("forwarding=", netconf.forwarding)
        ]
      end)
    end
  end
end

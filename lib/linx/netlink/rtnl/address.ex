defmodule Linx.Netlink.Rtnl.Address do
  @moduledoc """
  IP address of a network interface.

  Kernel side: `struct ifaddrmsg` and the `IFA_*` attributes of
  `include/uapi/linux/if_addr.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, addresses} = Address.list(sock, "eth0")

      :ok = Address.add(sock, "eth0", "10.0.0.5/24", broadcast: :auto)
      :ok = Address.add(sock, "eth0", "fd00::5", 64, valid_lft: 3600, preferred_lft: 600)
      :ok = Address.await(sock, "eth0", "fd00::5")

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the socket's namespace.

  On a point-to-point link `address` is the peer's address and `local` the link's own. On other
  links both are equal; for IPv6 the kernel leaves `local` out. `index` is the index of the link.
  The header fields `flags` and `scope` are numbers: `flags/1` and `scope/1` give their names.
  `flags_ext` is `IFA_FLAGS`: it also holds the flags beyond the first eight, and replaces the
  header's `flags`.

  A link is given by name or index, an address as text, `Linx.IP` or a tuple of
  `:inet`. Where a verb takes an address
  and a prefix length, it also takes both as one `Linx.IP.Subnet` or text such as `"10.0.0.5/24"`.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eexist` if the address exists,
      `:eaddrnotavail` if it does not, `:enodev` for an unknown link;
    * `{:bad_address, text}`, `{:bad_prefix, prefix}`, `{:bad_subnet, text}`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * `{:family_mismatch, {family, other}}` - `:peer` or `:broadcast` is of another
      family than the address;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  use Linx.Netlink.Resource,
    name: :address,
    plural: :addresses,
    event: :addr,
    messages: [new: 20, del: 21, get: 22],
    groups: [5, 9],
    key: &__MODULE__.Key.unique/1,
    tracked?: &__MODULE__.Key.ip?/1,
    ifindex: [:index],
    gone: [:eaddrnotavail, :enodev],
    identity: &__MODULE__.Requests.delete/1,
    owner: :applied,
    owner_key: &__MODULE__.Key.desired/1,
    desired: __MODULE__.Desired

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Rtnl.{Flush, Link, Names}
  alias __MODULE__
  alias __MODULE__.{Cacheinfo, Flags, Query, Requests}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newaddr 20
  @rtm_deladdr 21

  # IFAPROT_*.
  @protocols [unspec: 0, kernel_lo: 1, kernel_ra: 2, kernel_ll: 3]

  @scopes Names.scopes()

  # INFINITY_LIFE_TIME of include/linux/inetdevice.h.
  @forever 0xFFFFFFFF

  codec prefix: "IFA_" do
    header "struct ifaddrmsg", prefix: "ifa_" do
      field :family, :u8, "address family, AF_INET or AF_INET6"
      field :prefixlen, :u8, "length of the network's prefix, bits"
      field :flags, :u8, "the first eight flags, IFA_F_*"
      field :scope, :u8, "scope, RT_SCOPE_*"
      field :index, :u32, "index of the link"
    end

    attr 1, :address, IP, "address; on a point-to-point link the peer's"
    attr 2, :local, IP, "address of the link itself"
    attr 3, :label, :string, "interface alias, IPv4 only"
    attr 4, :broadcast, IP, "broadcast address, IPv4 only"
    attr 5, :anycast, IP, "anycast address, in `list_anycast/2`"
    attr 6, :cacheinfo, Cacheinfo, "lifetimes"
    attr 7, :multicast, IP, "multicast group, in `list_multicast/3`"

    attr 8, :flags_ext, {:flags, :u32, Flags.table()}, "all flags",
      c: "IFA_FLAGS",
      values: "IFA_F_"

    attr 9, :rt_priority, :u32, "metric of the route to the network"
    attr 10, :target_netnsid, :s32, "id of another namespace"
    attr 11, :proto, {:enum, :u8, @protocols}, "origin of the address", values: "IFAPROT_"
  end

  options(
    peer:
      {{:ip, {:peer, :peer}}, "peer of a point-to-point link; `prefix` is then of its network"},
    broadcast:
      {{:ip, {:broadcast, :broadcast}},
       "IPv4 only: broadcast address, or `:auto` for that of the network, with `:peer` of the peer's"},
    label:
      {{:string, 15}, "IPv4 only: interface alias, by convention beginning with the link's name"},
    scope:
      {{:named, 0..255, [global: 0] ++ @scopes},
       "IPv4 only: scope; if not given, `:host` for 127.0.0.0/8 and else `:universe`"},
    metric: {0..0xFFFFFFFF, "metric of the route to the network", field: [:rt_priority]},
    proto: {{:named, 0..255, @protocols}, "origin of the address, from Linux 5.18"},
    valid_lft: {1..@forever, "valid lifetime, s, or `:forever`"},
    preferred_lft: {0..@forever, "preferred lifetime, s, or `:forever`"},
    flags:
      {{:flags, Flags.settable()}, "flags to set",
       field: [:flags_ext],
       values:
         {"IFA_F_",
          home: "IFA_F_HOMEADDRESS",
          mngtmpaddr: "IFA_F_MANAGETEMPADDR",
          autojoin: "IFA_F_MCAUTOJOIN"}}
  )

  @type ref :: Link.ref()
  @type ip :: IP.input()
  @type subnet :: Subnet.input()
  @type scope :: :universe | :site | :link | :host | :nowhere | 0..255

  @type error ::
          Link.error()
          | {:bad_address, term()}
          | {:bad_subnet, term()}
          | {:bad_prefix, term()}
          | {:family_mismatch, {IP.family(), IP.family()}}

  @typedoc "`:ok`; with `echo: true` the address after the change; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  @doc """
  Lists the addresses of the socket's namespace.

  Takes a link, by name or index, or options that filter:

    * `:link` - addresses of one link, by name or index;
    * `:family` - `:inet` or `:inet6`;
    * `:scope` - addresses of one scope, a name or number as of `scope/1`;
    * `:target_netnsid` - addresses of another namespace, by the id that the socket's namespace
      has for it (`ip netns set`); `:link` is then a link of that namespace. Needs `CAP_NET_ADMIN`
      there, and Linux 4.20;
    * those of `Linx.Netlink.Request`.

  The kernel filters by link and family.
  """
  @spec list(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, filter \\ [])
  def list(sock, link) when is_binary(link) or is_integer(link), do: list(sock, link: link)
  def list(sock, opts), do: Query.list(sock, opts)

  @doc """
  Lists the multicast groups of a family that links have joined, in the field `multicast`.

  Options are `:link` and `:target_netnsid` as for `list/2`, and those of
  `Linx.Netlink.Request`. Kernels before 6.15 answer `:eopnotsupp` for `:inet`. Another family
  is a `FunctionClauseError`.
  """
  @spec list_multicast(Request.target(), IP.family(), keyword()) ::
          {:ok, [t()]} | {:error, error()}
  def list_multicast(sock, family, opts \\ []) when family in [:inet, :inet6],
    do: Query.list_multicast(sock, family, opts)

  @doc """
  Lists the IPv6 anycast addresses of links, in the field `anycast`.

  Options as for `list_multicast/3`.
  """
  @spec list_anycast(Request.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list_anycast(sock, opts \\ []), do: Query.list_anycast(sock, opts)

  @doc """
  Gets an address of a link.

      {:ok, address} = Address.get(sock, "eth0", "10.0.0.5")

  `{:error, %Linx.Netlink.Error{errno: :eaddrnotavail}}` if the link does not have it. An IPv4
  address that the link has several times, with different networks or peers, is returned as it is
  first in the list: the kernel has no request for an IPv4 address, and those of the link are listed, in a
  batch at the place of the verb. Takes the option `:timeout`.
  """
  @spec get(Request.target(), ref(), ip(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(sock, link, ip, opts \\ []), do: Query.get(sock, link, ip, opts)

  @doc """
  Names of the flags of an address, in the order of their bits.

      iex> Linx.Netlink.Rtnl.Address.flags(%Linx.Netlink.Rtnl.Address{family: 2, flags: 0x81})
      [:secondary, :permanent]

  The first bit is `:secondary` for IPv4, `:temporary` (RFC 8981) for IPv6.
  """
  @spec flags(t()) :: [atom() | non_neg_integer()]
  def flags(%__MODULE__{} = address), do: Flags.names(address)

  @doc """
  Name of the scope in which an address is valid.

      iex> Linx.Netlink.Rtnl.Address.scope(%Linx.Netlink.Rtnl.Address{scope: 253})
      :link

  `:universe`, `:site`, `:link`, `:host`, `:nowhere` or a number. Options also take `:global`,
  the word of `ip address`, for `:universe`.
  """
  @spec scope(t()) :: scope() | nil
  def scope(%__MODULE__{scope: number}), do: Names.name(@scopes, number)

  @doc """
  Adds an address. `prefix` is the prefix length of its network, 0 to 32 or 0 to 128.

      :ok = Address.add(sock, "eth0", "10.0.0.5", 24, broadcast: :auto, label: "eth0:1")
      :ok = Address.add(sock, "eth0", "10.0.0.6/24", label: "eth0:2")
      :ok = Address.add(sock, "ppp0", "10.0.0.1", 32, peer: "10.0.0.2")
      {:ok, address} = Address.add(sock, "eth0", "fd00::5", 64, echo: true)

  `opts` are the options above and those of `Linx.Netlink.Request`. With `echo: true` the
  result is the address as the kernel made it.

  Without lifetimes an address is valid and preferred for ever; without `:preferred_lft` it is
  preferred as long as it is valid. Without `:label` the label is the link's name; without
  `:broadcast` there is no broadcast address. For IPv6 the kernel derives the scope. An IPv6
  address is usable after duplicate address detection (`await/4`), or at once with the flag `:nodad`.
  """
  @spec add(Link.target(), ref(), ip(), 0..128, keyword()) :: done()
  @spec add(Link.target(), ref(), subnet(), keyword(), []) :: done()
  def add(sock, link, ip, prefix, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_excl(), link, ip, prefix, opts)

  @doc """
  Adds an address that was read, such as one of `list/2`, or an address with its prefix length.

      :ok = Address.add(sock, address)
      :ok = Address.add(sock, "eth0", "10.0.0.5/24")

  Read-only fields are left out; lifetimes are those that are left. Options are `:echo` and those
  of `Linx.Netlink.Request`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  @spec add(Link.target(), ref(), subnet()) :: done()
  def add(sock, address, opts \\ [])

  def add(sock, %__MODULE__{} = address, opts),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_excl(), address, opts)

  def add(sock, link, subnet), do: add(sock, link, subnet, [])

  @doc """
  Adds an address, or changes lifetimes, flags and metric of an existing one.

  Arguments and result as for `add/5`. Label and broadcast address of an existing address stay.
  """
  @spec replace(Link.target(), ref(), ip(), 0..128, keyword()) :: done()
  @spec replace(Link.target(), ref(), subnet(), keyword(), []) :: done()
  def replace(sock, link, ip, prefix, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_replace(), link, ip, prefix, opts)

  @doc """
  Adds or changes an address that was read, or one with its prefix length; see `add/3` and
  `replace/5`.
  """
  @spec replace(Link.target(), t(), keyword()) :: done()
  @spec replace(Link.target(), ref(), subnet()) :: done()
  def replace(sock, address, opts \\ [])

  def replace(sock, %__MODULE__{} = address, opts),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_replace(), address, opts)

  def replace(sock, link, subnet), do: replace(sock, link, subnet, [])

  @doc """
  Deletes an address.

  Options are `:peer`, required for an address with a peer, `:label`, which restricts the deletion
  to the address with this label, and `:timeout`.

  Deleting a primary IPv4 address deletes its secondary addresses too, unless the link's
  `promote_secondaries` is set. Routes that use an address are deleted with it.
  """
  @spec delete(Link.target(), ref(), ip(), 0..128, keyword()) :: done()
  @spec delete(Link.target(), ref(), subnet(), keyword(), []) :: done()
  def delete(sock, link, ip, prefix, opts \\ []) do
    {prefix, opts} = arguments(prefix, opts)

    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, draft} <- Address.Options.cast(link, ip, prefix, opts, [:peer, :label]),
         {:ok, address} <- Address.Options.resolve(draft, sock, request) do
      Request.run(sock, @rtm_deladdr, 0, address, request)
    end
  end

  @doc """
  Deletes an address that was read, such as one of `list/2`, with the option `:timeout`, or an
  address with its prefix length.
  """
  @spec delete(Link.target(), t(), keyword()) :: done()
  @spec delete(Link.target(), ref(), subnet()) :: done()
  def delete(sock, address, opts \\ [])

  def delete(sock, %__MODULE__{} = address, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: Request.run(sock, @rtm_deladdr, 0, Requests.delete(address), request)
  end

  def delete(sock, link, subnet), do: delete(sock, link, subnet, [])

  @doc """
  Deletes the addresses that `list/2` gives for the same options, and returns their number.

      {:ok, 3} = Address.flush(sock, link: "eth0", scope: :universe)

  `:label` filters further; `:target_netnsid` is not taken. Without filters all addresses are
  deleted, those of `lo` too. The kernel has no such request: addresses that are added meanwhile
  may stay.
  """
  @spec flush(Request.target(), keyword()) :: {:ok, non_neg_integer()} | {:error, error()}
  def flush(sock, opts) do
    table = Query.filters() ++ Keyword.take(__options__(), [:label])

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, table),
         {:ok, addresses} <- list(sock, Keyword.delete(opts, :label)) do
      label = wanted[:label]
      requests = for a <- addresses, label in [nil, a.label], do: Requests.delete(a)
      # Secondary addresses go with their primary, addresses with their link.
      Flush.run(sock, @rtm_deladdr, requests, [deleted: [:eaddrnotavail, :enodev]], request)
    end
  end

  @doc """
  Waits until an address is usable: until duplicate address detection of IPv6 has ended.

  Detection takes a second or two, from when the address was added and the link came up. An
  optimistic address (RFC 4429) is usable from the start, and so is every IPv4 address.

    * `{:error, :dadfailed}` - another host has the address;
    * `{:error, :not_found}` - the link does not have it, or lost it;
    * `{:error, :timeout}` - not within `timeout` milliseconds, as on a link without
      carrier.

  Sends a request up to a hundred times a second. `timeout` may be `:infinity`.
  """
  @spec await(Request.target(), ref(), ip(), timeout()) ::
          :ok
          | {:error, :dadfailed | :not_found | :timeout | {:bad_timeout, term()} | error()}
  def await(sock, link, ip, timeout \\ 5000), do: Query.await(sock, link, ip, timeout)

  # A subnet is followed by the options.
  defp arguments(opts, []) when is_list(opts), do: {:subnet, opts}
  defp arguments(prefix, opts), do: {prefix, opts}

  defp write(sock, flags, link, ip, prefix, opts) do
    {prefix, opts} = arguments(prefix, opts)

    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, draft} <- Address.Options.cast(link, ip, prefix, opts),
         {:ok, address} <- Address.Options.resolve(draft, sock, request),
         do: send_new(sock, flags, address, request)
  end

  defp write_whole(sock, flags, address, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: send_new(sock, flags, Requests.create(address), request)
  end

  defp send_new(sock, flags, address, request) do
    # The kernel echoes no IPv6 addresses.
    with {:error, :no_reply} <- Request.run(sock, @rtm_newaddr, flags, address, request),
         do: Query.find(sock, address.index, address.local, Keyword.take(request, [:timeout]))
  end

  defimpl Inspect do
    alias Linx.Text

    def inspect(address, opts) do
      Text.show(address, opts, fn ->
        [
          "#{Text.field(address.address)}/#{Text.field(address.prefixlen)}",
          "ifindex=#{Text.field(address.index)}"
        ]
      end)
    end
  end
end

defmodule Linx.Netlink.Rtnl.Address do
  @moduledoc """
  An IP address of a network interface.

  Kernel side: `struct ifaddrmsg` and the `IFA_*` attributes of
  `include/uapi/linux/if_addr.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, addresses} = Address.list(sock, "eth0")

      :ok = Address.add(sock, "eth0", "10.0.0.5", 24, broadcast: :auto)
      :ok = Address.add(sock, "eth0", "fd00::5", 64, valid_lft: 3600, preferred_lft: 600)
      :ok = Address.await(sock, "eth0", "fd00::5")

  Reading needs no privilege, everything else `CAP_NET_ADMIN` in the socket's
  namespace.

  On a point-to-point link `address` is the far end and `local` ours; elsewhere both
  are the same, and IPv6 leaves `local` out. `flags/1` and `scope/1` have names for what
  the header holds as numbers; `flags_ext` is `IFA_FLAGS`, which has room for the flags
  beyond the first eight and replaces the header's.

  A verb takes the link by name or index, the address as a string or `Linx.IP`.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; an address that is there already is
      `:eexist`, one that is not `:eaddrnotavail`, an unknown link `:enodev`;
    * `{:bad_address, text}`, `{:bad_prefix, prefix}`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * `{:family_mismatch, {family, other}}` - `:peer` or `:broadcast` is of another
      family than the address;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.IP
  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.{Batch, Error, Message, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Link

  alias __MODULE__
  alias __MODULE__.{Cacheinfo, Requests}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newaddr 20
  @rtm_deladdr 21
  @rtm_getaddr 22
  @rtm_getmulticast 58
  @rtm_getanycast 62

  @flags [
    secondary: 0x1,
    nodad: 0x2,
    optimistic: 0x4,
    dadfailed: 0x8,
    homeaddress: 0x10,
    deprecated: 0x20,
    tentative: 0x40,
    permanent: 0x80,
    managetempaddr: 0x100,
    noprefixroute: 0x200,
    mcautojoin: 0x400,
    stable_privacy: 0x800
  ]

  @settable [
    nodad: 0x2,
    optimistic: 0x4,
    home: 0x10,
    homeaddress: 0x10,
    mngtmpaddr: 0x100,
    managetempaddr: 0x100,
    noprefixroute: 0x200,
    autojoin: 0x400,
    mcautojoin: 0x400
  ]

  # RT_SCOPE_* of include/uapi/linux/rtnetlink.h, and ip's word for the first.
  @scopes [universe: 0, global: 0, site: 200, link: 253, host: 254, nowhere: 255]

  @protocols [unspec: 0, kernel_lo: 1, kernel_ra: 2, kernel_ll: 3]

  # AF_INET6.
  @inet6 10

  # Which addresses to list.
  @families [family: {:choice, Options.families()}]
  @links [link: :link, target_netnsid: 0..0x7FFFFFFF]
  @scope [scope: {:named, 0..255, @scopes}]

  @forever 0xFFFFFFFF

  codec do
    header do
      field :family, :u8
      field :prefixlen, :u8
      field :flags, :u8
      field :scope, :u8
      field :index, :u32
    end

    attr 1, :address, IP
    attr 2, :local, IP
    attr 3, :label, :string
    attr 4, :broadcast, IP
    attr 5, :anycast, IP
    attr 6, :cacheinfo, Cacheinfo
    attr 7, :multicast, IP
    attr 8, :flags_ext, {:flags, :u32, @flags}
    attr 9, :rt_priority, :u32
    attr 10, :target_netnsid, :s32
    attr 11, :proto, {:enum, :u8, @protocols}
  end

  options(
    peer:
      {{:ip, {:peer, :peer}}, "far end of a point-to-point link; `prefix` is then its network"},
    broadcast:
      {{:ip, {:broadcast, :broadcast}},
       "IPv4 only; or `:auto` for that of the network, with `:peer` of the far end's"},
    label: {{:string, 15}, "IPv4 only: name for old programs, by custom that of the link first"},
    scope:
      {0..255,
       "IPv4 only: where the address is valid, or a name as of `scope/1`; if not given, " <>
         "`:host` for 127.0.0.0/8 and else `:universe`"},
    metric: {0..0xFFFFFFFF, "of the network's route", field: [:rt_priority]},
    proto: {0..255, "who set the address, or `:kernel_lo`, `:kernel_ra`, `:kernel_ll`"},
    valid_lft: {1..@forever, "seconds until the address goes, or `:forever`"},
    preferred_lft: {0..@forever, "seconds until new connections avoid it, or `:forever`"},
    flags: {{:flags, @settable}, "what else to ask for", field: [:flags_ext]}
  )

  @type ref :: Link.ref()
  @type ip :: String.t() | IP.t()
  @type scope :: :universe | :site | :link | :host | :nowhere | 0..255

  @type error ::
          Link.error()
          | {:bad_address, String.t()}
          | {:bad_prefix, term()}
          | {:family_mismatch, {IP.family(), IP.family()}}

  @typedoc "`:ok`; with `echo: true` the address as it became; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  @doc """
  The addresses of the socket's namespace.

  Takes a link, by name or index, or options that choose among the addresses:

    * `:link` - those of one link, by name or index;
    * `:family` - `:inet` or `:inet6`;
    * `:scope` - those of one scope, a name or number as of `scope/1`;
    * `:target_netnsid` - those of another namespace, which the socket's one has this id for
      (`ip netns set`); it takes `CAP_NET_ADMIN` there, and Linux 4.20. `:link` is one of that
      namespace then;
    * those of `Linx.Netlink.Request`.

  The kernel filters by link and family.
  """
  @spec list(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, filter \\ [])
  def list(sock, link) when is_binary(link) or is_integer(link), do: list(sock, link: link)
  def list(sock, opts), do: dump(sock, @rtm_getaddr, %{}, opts, @links ++ @families ++ @scope)

  @doc """
  The multicast groups of a family that links have joined, in the field `multicast`.

  Options are `:link` and `:target_netnsid` as in `list/2` and those of
  `Linx.Netlink.Request`. Kernels before 6.15 answer `:eopnotsupp` for `:inet`. Another family
  is a `FunctionClauseError`.
  """
  @spec list_multicast(Request.target(), IP.family(), keyword()) ::
          {:ok, [t()]} | {:error, error()}
  def list_multicast(sock, family, opts \\ []) when family in [:inet, :inet6],
    do: dump(sock, @rtm_getmulticast, %{family: Options.families()[family]}, opts, @links)

  @doc """
  The IPv6 anycast addresses that links answer to, in the field `anycast`.

  Options are `:link` and `:target_netnsid` as in `list/2` and those of
  `Linx.Netlink.Request`.
  """
  @spec list_anycast(Request.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list_anycast(sock, opts \\ []),
    do: dump(sock, @rtm_getanycast, %{family: @inet6}, opts, @links)

  defp dump(sock, type, fixed, opts, table) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, table),
         wanted = Map.merge(wanted, fixed),
         netnsid = wanted[:target_netnsid],
         {:ok, index} <- index(sock, wanted[:link], netnsid, request),
         family = wanted[:family] || 0,
         query = %__MODULE__{family: family, index: index, target_netnsid: netnsid},
         {:ok, addresses} <- Request.dump(sock, type, query, request) do
      {:ok, filter(addresses, query, wanted[:scope])}
    end
  end

  defp index(_sock, nil, _netnsid, _request), do: {:ok, 0}

  # By a name of the other namespace.
  defp index(sock, {:link, _key, name}, id, request) when is_binary(name) and id != nil do
    opts = [target_netnsid: id] ++ Keyword.take(request, [:timeout])
    with {:ok, link} <- Link.get(sock, name, opts), do: {:ok, link.index}
  end

  defp index(sock, link, _netnsid, request), do: Link.option_index(sock, link, request)

  # A long list is not to be copied for nothing.
  defp filter(addresses, %{family: 0, index: 0, target_netnsid: nil}, nil), do: addresses
  defp filter(addresses, query, scope), do: Enum.filter(addresses, &chosen?(&1, query, scope))

  # Kernels before 4.20 do not filter, nor look elsewhere.
  defp chosen?(address, query, scope) do
    query.family in [0, address.family] and query.index in [0, address.index] and
      query.target_netnsid in [nil, address.target_netnsid] and scope in [nil, address.scope]
  end

  @doc """
  The flags of the address by name, in the order of their bits.

      iex> Linx.Netlink.Rtnl.Address.flags(%Linx.Netlink.Rtnl.Address{family: 2, flags: 0x81})
      [:secondary, :permanent]

  The first bit is `:secondary` for IPv4, `:temporary` (RFC 8981) for IPv6.
  """
  @spec flags(t()) :: [atom() | non_neg_integer()]
  def flags(%__MODULE__{flags_ext: nil, flags: bits} = address) do
    names = for {name, bit} <- @flags, band(bits || 0, bit) != 0, do: name
    temporary(names, address)
  end

  def flags(%__MODULE__{flags_ext: names} = address) when is_list(names),
    do: temporary(names, address)

  def flags(%__MODULE__{} = address), do: temporary(Flags.names(address, :flags_ext), address)

  defp temporary([:secondary | names], %{family: 10}), do: [:temporary | names]
  defp temporary(names, _address), do: names

  @doc """
  The scope of the address by name: where it is valid.

      iex> Linx.Netlink.Rtnl.Address.scope(%Linx.Netlink.Rtnl.Address{scope: 253})
      :link

  `:universe`, `:site`, `:link`, `:host`, `:nowhere` or a number. As an option, `:global`
  is the same as `:universe`.
  """
  @spec scope(t()) :: scope() | nil
  def scope(%__MODULE__{scope: number}) do
    case List.keyfind(@scopes, number, 1) do
      {name, _number} -> name
      nil -> number
    end
  end

  @doc false
  @spec __scopes__() :: keyword(0..255)
  def __scopes__, do: @scopes

  @doc false
  @spec __protocols__() :: keyword(0..255)
  def __protocols__, do: @protocols

  @doc """
  Adds an address. `prefix` is the length of its network, 0 to 32 or 0 to 128.

      :ok = Address.add(sock, "eth0", "10.0.0.5", 24, broadcast: :auto, label: "eth0:1")
      :ok = Address.add(sock, "ppp0", "10.0.0.1", 32, peer: "10.0.0.2")
      {:ok, address} = Address.add(sock, "eth0", "fd00::5", 64, echo: true)

  `opts` are the options above and those of `Linx.Netlink.Request`; with `echo: true` the
  result is the address as the kernel made it.

  Without lifetimes an address stays for ever; without `:preferred_lft` it is preferred
  as long as it is valid. The label is the name of the link, and there is no broadcast address,
  unless they are given. IPv6 derives the scope from the address. A new IPv6 address is
  not usable at once, see `await/4`, unless it has the flag `:nodad`.
  """
  @spec add(Link.target(), ref(), ip(), 0..128, keyword()) :: done()
  def add(sock, link, ip, prefix, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_excl(), link, ip, prefix, opts)

  @doc """
  Adds an address that is given whole, such as one of `list/2`.

      :ok = Address.delete(sock, address)
      :ok = Address.add(sock, address)

  What only the kernel can say of it is left out; as much as is left of its lifetimes is kept.
  Options are `:echo` and those of `Linx.Netlink.Request`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  def add(sock, %__MODULE__{} = address, opts \\ []),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_excl(), address, opts)

  @doc """
  Adds or changes an address that is given whole; see `add/3` and `replace/5`.
  """
  @spec replace(Link.target(), t(), keyword()) :: done()
  def replace(sock, %__MODULE__{} = address, opts \\ []),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_replace(), address, opts)

  @doc """
  Adds an address, or gives an existing one the lifetimes, flags and metric of `opts`.

  Arguments and result as for `add/5`. Label and broadcast address of an existing one stay.
  """
  @spec replace(Link.target(), ref(), ip(), 0..128, keyword()) :: done()
  def replace(sock, link, ip, prefix, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_replace(), link, ip, prefix, opts)

  @doc """
  Deletes an address.

  Options are `:peer`, which an address with a far end must be given, `:label`, to mean the
  one with this label, and `:timeout`.

  With an IPv4 address its secondaries go too, unless the link's `promote_secondaries` is
  set. So do routes that use it.
  """
  @spec delete(Link.target(), ref(), ip(), 0..128, keyword()) :: done()
  def delete(sock, link, ip, prefix, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, address} <-
           Address.Options.cast(ip, prefix, opts, Keyword.take(__options__(), [:peer, :label])),
         {:ok, index} <- Link.index(sock, link, request) do
      Request.run(sock, @rtm_deladdr, 0, %{address | index: index}, request)
    end
  end

  @doc """
  Deletes an address of `list/2`. Takes the option `:timeout`.
  """
  @spec delete(Link.target(), t(), keyword()) :: done()
  def delete(sock, %__MODULE__{} = address, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: Request.run(sock, @rtm_deladdr, 0, Requests.delete(address), request)
  end

  @doc """
  Deletes the addresses that `list/2` gives for the same options, and says how many.

      {:ok, 3} = Address.flush(sock, link: "eth0", scope: :universe)

  `:label` chooses further, `:target_netnsid` does not. Without options all addresses go,
  those of `lo` too. The kernel has no such request: addresses that come meanwhile may stay.
  """
  @spec flush(Request.target(), keyword()) :: {:ok, non_neg_integer()} | {:error, error()}
  def flush(sock, opts) do
    # Not those of another namespace.
    table =
      Keyword.take(@links, [:link]) ++
        @families ++ @scope ++ Keyword.take(__options__(), [:label])

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, table),
         {:ok, addresses} <- list(sock, Keyword.delete(opts, :label)),
         label = wanted[:label],
         addresses = Enum.filter(addresses, &(label == nil or &1.label == label)),
         {:ok, results} <-
           Batch.run(sock, &deletions(&1, addresses), Keyword.take(request, [:timeout])) do
      case Enum.find(results, &(not gone?(&1))) do
        nil -> {:ok, length(addresses)}
        error -> error
      end
    end
  end

  defp deletions(batch, addresses),
    do: Enum.map(addresses, &Request.run(batch, @rtm_deladdr, 0, Requests.delete(&1)))

  defp gone?(:ok), do: true
  # With its primary, or with its link.
  defp gone?({:error, %Error{errno: errno}}), do: errno in [:eaddrnotavail, :enodev]
  defp gone?({:error, _reason}), do: false

  @doc """
  Waits until an address can be used: until IPv6 has made sure that nobody else has it.

  That takes a second or two from when the address was added and the link came up. An
  optimistic address (RFC 4429) can be used from the start, and so can every IPv4 address.

    * `{:error, :dadfailed}` - somebody else has it;
    * `{:error, :not_found}` - the link does not have it, or lost it;
    * `{:error, :timeout}` - not within `timeout` milliseconds, as on a link without
      carrier.

  The kernel is asked up to a hundred times a second. `timeout` may be `:infinity`.
  """
  @spec await(Request.target(), ref(), ip(), timeout()) ::
          :ok
          | {:error, :dadfailed | :not_found | :timeout | {:bad_timeout, term()} | error()}
  def await(sock, link, ip, timeout \\ 5000) do
    with {:ok, ip} <- Type.ip(ip),
         {:ok, deadline} <- deadline(timeout),
         {:ok, index} <- Link.index(sock, link, []) do
      poll(sock, index, ip, deadline, 10)
    end
  end

  defp poll(sock, index, ip, deadline, pause) do
    with {:ok, address} <- find(sock, index, ip, []) do
      flags = flags(address)

      cond do
        :dadfailed in flags -> {:error, :dadfailed}
        :tentative not in flags or :optimistic in flags -> :ok
        left(deadline) == 0 -> {:error, :timeout}
        true -> pause(sock, index, ip, deadline, pause)
      end
    end
  end

  # The pauses double up to 80 ms: an address is ready soon, or takes its time.
  defp pause(sock, index, ip, deadline, pause) do
    Process.sleep(min(pause, left(deadline)))
    poll(sock, index, ip, deadline, min(pause * 2, 80))
  end

  # The kernel can look up one address of IPv6 only.
  defp find(sock, index, %IP{family: :inet6} = ip, opts) do
    query = %__MODULE__{family: @inet6, index: index, address: ip}

    case Request.fetch(sock, @rtm_getaddr, query, [protocol: @netlink_route] ++ opts) do
      {:error, %Error{errno: :eaddrnotavail}} -> {:error, :not_found}
      other -> other
    end
  end

  defp find(sock, index, ip, opts) do
    with {:ok, addresses} <- list(sock, [link: index, family: :inet] ++ opts) do
      case Enum.find(addresses, &(&1.local == ip)) do
        nil -> {:error, :not_found}
        address -> {:ok, address}
      end
    end
  end

  defp deadline(:infinity), do: {:ok, :infinity}

  defp deadline(ms) when is_integer(ms) and ms >= 0,
    do: {:ok, System.monotonic_time(:millisecond) + ms}

  defp deadline(bad), do: {:error, {:bad_timeout, bad}}

  # Greater than any number, as atoms are.
  defp left(:infinity), do: :infinity
  defp left(deadline), do: max(deadline - System.monotonic_time(:millisecond), 0)

  defp write(sock, flags, link, ip, prefix, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, address} <- Address.Options.cast(ip, prefix, opts, __options__()),
         {:ok, index} <- Link.index(sock, link, request),
         do: send_new(sock, flags, %{address | index: index}, request)
  end

  defp write_whole(sock, flags, address, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: send_new(sock, flags, Requests.create(address), request)
  end

  defp send_new(sock, flags, address, request) do
    # IPv6 does not echo.
    with {:error, :no_reply} <- Request.run(sock, @rtm_newaddr, flags, address, request),
         do: find(sock, address.index, address.local, Keyword.take(request, [:timeout]))
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

defmodule Linx.Netlink.Rtnl.Neighbour do
  @moduledoc """
  What a link knows about a host next to it: the hardware address behind an IP address.

  Kernel side: `struct ndmsg` and the `NDA_*` attributes of
  `include/uapi/linux/neighbour.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, neighbours} = Neighbour.list(sock, "eth0")

      :ok = Neighbour.add(sock, "eth0", "10.0.0.9", "02:00:00:00:00:09")
      :ok = Neighbour.replace(sock, "eth0", "fd00::9", "02:00:00:00:00:09", state: :stale)
      :ok = Neighbour.probe(sock, "eth0", "10.0.0.1")

  Reading needs no privilege, everything else `CAP_NET_ADMIN` in the socket's
  namespace.

  `states/1` and `flags/1` have names for what the header holds as numbers. `lladdr` is
  a `Linx.MAC` where it has six bytes, a `Linx.LinkAddress` of any other length, such as the
  IPv4 address of a GRE tunnel's far end, and `nil` where it is not known. Times in `cacheinfo`
  are in hundredths of a second. `via` is `NDA_IFINDEX`.

  Entries that a bridge or a VXLAN has learned are those of `Linx.Netlink.Rtnl.Fdb`: the
  same message with family 7 and, in the kernel, another table. Their notifications are
  decoded to this struct, hence `vlan`, `vni` and the like.

  A verb takes the link by name or index, addresses as a string or value: an IP address
  as of `Linx.IP.parse/1`, a link-layer address as of `Linx.LinkAddress.parse/1`.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; an entry that is there already is
      `:eexist`, one that is not `:enoent`, an unknown link `:enodev`;
    * `{:bad_address, text}`;
    * `{:bad_mac, address}` - no link-layer address, or not of the length that the link has,
      where the link is given by name;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.{IP, LinkAddress}
  alias Linx.Netlink.{Batch, Error, Message, Options, Request}
  alias Linx.Netlink.Rtnl.Link

  alias __MODULE__
  alias __MODULE__.{Cacheinfo, FdbExtAttrs, Requests}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newneigh 28
  @rtm_delneigh 29
  @rtm_getneigh 30

  @states [
    none: 0,
    incomplete: 0x1,
    reachable: 0x2,
    stale: 0x4,
    delay: 0x8,
    probe: 0x10,
    failed: 0x20,
    noarp: 0x40,
    permanent: 0x80
  ]

  @flags [
    use: 0x1,
    self: 0x2,
    master: 0x4,
    proxy: 0x8,
    ext_learned: 0x10,
    offloaded: 0x20,
    sticky: 0x40,
    router: 0x80
  ]

  @flags_ext [managed: 0x1, locked: 0x2, ext_validated: 0x4]

  # The extended flags follow the eight of the header, as NTF_EXT_SHIFT has it.
  @settable [
    use: 0x1,
    router: 0x80,
    ext_learned: 0x10,
    extern_learn: 0x10,
    managed: 0x100,
    ext_validated: 0x400
  ]

  @proxy 0x8

  # RTPROT_* of include/uapi/linux/rtnetlink.h.
  @protocols Linx.Netlink.Rtnl.Protocol.names()

  # Which entries to list.
  @filters [
    link: :link,
    master: :link,
    family: {:choice, Options.families()},
    state: {:some, @states},
    proxy: :boolean
  ]

  codec do
    header do
      field :family, :u8
      pad 3
      field :ifindex, :s32
      field :state, :u16
      field :flags, :u8
      field :type, :u8
    end

    attr 1, :dst, IP
    attr 2, :lladdr, LinkAddress
    attr 3, :cacheinfo, Cacheinfo
    attr 4, :probes, :u32, volatile: true
    attr 5, :vlan, :u16
    attr 6, :port, :be16
    attr 7, :vni, :u32
    attr 8, :via, :u32
    attr 9, :master, :u32
    attr 10, :link_netnsid, :s32
    attr 11, :src_vni, :u32
    attr 12, :protocol, {:enum, :u8, @protocols}
    attr 13, :nh_id, :u32
    attr 14, :fdb_ext_attrs, {:nested, FdbExtAttrs}
    attr 15, :flags_ext, {:flags, :u32, @flags_ext}
    attr 16, :ndm_state_mask, :u16
    attr 17, :ndm_flags_mask, :u8
  end

  options(
    state:
      {{:enum, @states},
       "what is known; if not given, `:permanent`, but `:none` without address and with `:managed`"},
    flags: {{:flags, @settable}, "what else is known, or to be done"},
    protocol: {{:named, 0..255, @protocols}, "who made the entry"}
  )

  @type ref :: Link.ref()
  @type ip :: String.t() | IP.t()
  @type mac :: LinkAddress.input()

  @type error ::
          Link.error() | {:bad_address, String.t()} | {:bad_mac, mac()}

  @typedoc "`:ok`; with `echo: true` the entry as it became; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  # Reading

  @doc """
  The neighbours of the socket's namespace, of both families.

  Takes a link, by name or index, or options that choose among the entries:

    * `:link` - those of one link, by name or index;
    * `:master` - those of links with this master, by name or index;
    * `:family` - `:inet` or `:inet6`;
    * `:state` - those in a state, or in one of a list of states, as of `states/1`;
    * `:proxy` - `true` for the addresses that links answer for in place of others,
      which are in a table of their own;
    * those of `Linx.Netlink.Request`.

  The kernel filters by link, master and family.
  """
  @spec list(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, filter \\ [])
  def list(sock, link) when is_binary(link) or is_integer(link), do: list(sock, link: link)

  def list(sock, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @filters),
         family = wanted[:family] || 0,
         {:ok, via} <- Link.option_index(sock, wanted[:link], request),
         {:ok, master} <- Link.option_index(sock, wanted[:master], request),
         query = %__MODULE__{family: family, flags: proxy(wanted), via: via, master: master},
         {:ok, neighbours} <- Request.dump(sock, @rtm_getneigh, query, request) do
      {:ok, filter(neighbours, family, via, states_mask(wanted[:state]))}
    end
  end

  defp proxy(wanted), do: if(wanted[:proxy], do: @proxy, else: 0)

  # A mask, and whether no state is meant too.
  defp states_mask(nil), do: nil
  defp states_mask(names), do: {Enum.reduce(names, 0, &(@states[&1] ||| &2)), :none in names}

  # A long list is not to be copied for nothing.
  defp filter(neighbours, 0, nil, nil), do: neighbours

  defp filter(neighbours, family, via, states),
    do: Enum.filter(neighbours, &chosen?(&1, family, via, states))

  defp chosen?(neighbour, family, index, states) do
    (family == 0 or neighbour.family == family) and
      (index == nil or neighbour.ifindex == index) and
      (states == nil or in_state?(neighbour.state, states))
  end

  defp in_state?(0, {_mask, none}), do: none
  defp in_state?(state, {mask, _none}), do: (state &&& mask) != 0

  @doc """
  One entry.

  `{:error, %Linx.Netlink.Error{errno: :enoent}}` if there is none. With `proxy: true` it
  is looked for among the addresses that the link answers for. Further options are those of
  `Linx.Netlink.Request`. Needs Linux 5.0.
  """
  @spec get(Request.target(), ref(), ip(), keyword()) :: {:ok, t()} | {:error, error()}
  def get(sock, link, ip, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :get, @netlink_route),
         {:ok, entry} <- Neighbour.Options.entry(ip),
         {:ok, wanted} <- Options.cast([proxy: :boolean], opts),
         {:ok, index} <- Link.index(sock, link, request) do
      entry = %{entry | ifindex: index, flags: proxy(wanted)}
      Request.fetch(sock, @rtm_getneigh, entry, request)
    end
  end

  @doc """
  The states of an entry by name (`NUD_*`): `[]` for none, else one, in practice.

      iex> Linx.Netlink.Rtnl.Neighbour.states(%Linx.Netlink.Rtnl.Neighbour{state: 0x80})
      [:permanent]
  """
  @spec states(t()) :: [atom()]
  def states(%__MODULE__{state: bits}), do: names(@states, bits)

  @doc """
  The flags of an entry by name (`NTF_*`), those of `flags_ext` behind those of the header.

      iex> alias Linx.Netlink.Rtnl.Neighbour
      iex> Neighbour.flags(%Neighbour{flags: 0x80, flags_ext: [:managed]})
      [:router, :managed]
  """
  @spec flags(t()) :: [atom() | non_neg_integer()]
  def flags(%__MODULE__{flags: bits, flags_ext: ext}), do: names(@flags, bits) ++ (ext || [])

  defp names(table, bits), do: for({name, bit} <- table, band(bits || 0, bit) != 0, do: name)

  # Changing

  @doc """
  Adds an entry. `opts` are those above and those of `Linx.Netlink.Request`; with
  `echo: true` the result is the entry as the kernel made it.

      :ok = Neighbour.add(sock, "eth0", "10.0.0.9", "02:00:00:00:00:09", flags: [:router])
      :ok = Neighbour.add(sock, "eth0", "10.0.0.1", nil, flags: [:managed])

  Without a hardware address, `nil`, the state is `:none` if not given: with the flag
  `:use` the kernel finds the address out, with `:managed` (from Linux 5.16) it keeps it up
  to date, too.
  """
  @spec add(Link.target(), ref(), ip(), mac() | nil, keyword()) :: done()
  def add(sock, link, ip, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_excl(), link, ip, mac, opts)

  @doc """
  Adds an entry that is given whole, such as one of `list/2`, those of `proxy: true` too. What only
  the kernel can say of it is left out. Options are `:echo` and those of `Linx.Netlink.Request`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  def add(sock, %__MODULE__{} = entry, opts \\ []),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_excl(), entry, opts)

  @doc """
  Adds or overwrites an entry that is given whole; see `add/3`.
  """
  @spec replace(Link.target(), t(), keyword()) :: done()
  def replace(sock, %__MODULE__{} = entry, opts \\ []),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_replace(), entry, opts)

  @doc """
  Adds an entry, or overwrites the one that is there. Arguments as for `add/5`.
  """
  @spec replace(Link.target(), ref(), ip(), mac() | nil, keyword()) :: done()
  def replace(sock, link, ip, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_replace(), link, ip, mac, opts)

  @doc """
  Overwrites an entry; one that is not there is `:enoent`. Arguments as for `add/5`.
  """
  @spec change(Link.target(), ref(), ip(), mac() | nil, keyword()) :: done()
  def change(sock, link, ip, mac, opts \\ []),
    do: write(sock, nlm_f_replace(), link, ip, mac, opts)

  defp write(sock, flags, link, ip, mac, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, entry} <- Neighbour.Options.cast(ip, mac, opts, __options__()),
         {:ok, link} <- link(sock, link, Keyword.take(request, [:timeout])),
         :ok <- Neighbour.Options.same_length(entry, link, mac),
         do: send_new(sock, flags, %{entry | ifindex: link.index}, request)
  end

  defp write_whole(sock, flags, entry, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: send_new(sock, flags, Requests.create(entry), request)
  end

  defp send_new(sock, flags, entry, request) do
    # No kernel so far echoes neighbours.
    with {:error, :no_reply} <- Request.run(sock, @rtm_newneigh, flags, entry, request),
         do: Request.fetch(sock, @rtm_getneigh, Requests.delete(entry), request)
  end

  @doc """
  Deletes an entry; one that is not there is `:enoent`. Takes the option `:timeout`.

  `delete/2` and `delete/3` take an entry of `list/2`, those of `proxy: true` too.
  """
  @spec delete(Link.target(), ref(), ip(), keyword()) :: done()
  @spec delete(Link.target(), t(), keyword(), []) :: done()
  def delete(sock, link, ip, opts \\ [])

  def delete(sock, %__MODULE__{} = entry, opts, []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: Request.run(sock, @rtm_delneigh, 0, Requests.delete(entry), request)
  end

  def delete(sock, link, ip, opts), do: remove(sock, 0, link, ip, opts)

  @doc """
  Deletes an entry of `list/2`; see `delete/4`.
  """
  @spec delete(Link.target(), t()) :: done()
  def delete(sock, %__MODULE__{} = entry), do: delete(sock, entry, [], [])

  defp remove(sock, flags, link, ip, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, entry} <- Neighbour.Options.entry(ip),
         {:ok, %{}} <- Options.cast([], opts),
         {:ok, index} <- Link.index(sock, link, request) do
      Request.run(sock, @rtm_delneigh, 0, %{entry | ifindex: index, flags: flags}, request)
    end
  end

  @doc """
  Deletes the entries that `list/2` gives for the same options, and says how many.

      {:ok, 12} = Neighbour.flush(sock, link: "eth0")

  Unless `:state` says otherwise, those that are `:permanent` or `:noarp` stay.
  """
  @spec flush(Request.target(), keyword()) :: {:ok, non_neg_integer()} | {:error, error()}
  def flush(sock, opts) do
    dynamic = Keyword.keys(@states) -- [:noarp, :permanent]

    with :ok <- Options.keyword(opts),
         opts = if(opts[:proxy], do: opts, else: Keyword.put_new(opts, :state, dynamic)),
         request = Keyword.take(opts, [:timeout]),
         {:ok, entries} <- list(sock, opts),
         {:ok, results} <- Batch.run(sock, &deletions(&1, entries), request) do
      case Enum.find(results, &(not gone?(&1))) do
        nil -> {:ok, Enum.count(results, &(&1 == :ok))}
        error -> error
      end
    end
  end

  defp deletions(batch, entries) do
    Enum.map(entries, &Request.run(batch, @rtm_delneigh, 0, Requests.delete(&1)))
  end

  defp gone?(:ok), do: true
  # Forgotten by itself, or with its link.
  defp gone?({:error, %Error{errno: errno}}), do: errno in [:enoent, :enodev]
  defp gone?({:error, _reason}), do: false

  @doc """
  Has the kernel ask the neighbour now: to verify an address that it knows, or to find it
  out.

  What comes of it is seen in the state of the entry, within seconds: `:reachable` or
  `:failed`. An entry that was `:permanent` no longer is. In a batch, an entry without
  address to verify is an error. Options are `:timeout` and `:echo`.
  """
  @spec probe(Link.target(), ref(), ip(), keyword()) :: done()
  def probe(sock, link, ip, opts \\ []) do
    with {:ok, _request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: ask(sock, link, ip, opts)
  end

  defp ask(sock, link, ip, opts) do
    case change(sock, link, ip, nil, [state: :probe] ++ opts) do
      # There is no entry, or none with an address to verify.
      {:error, %Error{errno: errno}} when errno in [:enoent, :einval] ->
        replace(sock, link, ip, nil, [flags: [:use]] ++ opts)

      other ->
        other
    end
  end

  @doc """
  Has a link answer for `ip` when others ask for its hardware address.

  Options are `:flags`, of which only `:router` has a meaning here, `:protocol` and `:timeout`. The
  link must also be told to use such entries: `proxy_arp`, `proxy_ndp` of `/proc/sys`.
  """
  @spec add_proxy(Link.target(), ref(), ip(), keyword()) :: done()
  def add_proxy(sock, link, ip, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, entry} <- Neighbour.Options.entry(ip),
         {:ok, fields} <-
           Neighbour.Options.fields(opts, Keyword.take(__options__(), [:flags, :protocol])),
         {:ok, index} <- Link.index(sock, link, request) do
      entry = Map.merge(%{entry | ifindex: index}, fields)
      proxy = %{entry | flags: entry.flags ||| @proxy}
      Request.run(sock, @rtm_newneigh, nlm_f_create() ||| nlm_f_excl(), proxy, request)
    end
  end

  @doc """
  Ends what `add_proxy/4` began. Takes the option `:timeout`.
  """
  @spec delete_proxy(Link.target(), ref(), ip(), keyword()) :: done()
  def delete_proxy(sock, link, ip, opts \\ []), do: remove(sock, @proxy, link, ip, opts)

  # Of a link that is given by index no more is known.
  defp link(_sock, index, _request) when index in 1..0x7FFFFFFF, do: {:ok, %Link{index: index}}
  defp link(sock, name, request), do: Link.get(sock, name, request)

  defimpl Inspect do
    alias Linx.Text

    def inspect(neighbour, opts) do
      Text.show(neighbour, opts, fn ->
        [
          Text.field(neighbour.dst),
          Text.part("-> ", neighbour.lladdr),
          "ifindex=#{Text.field(neighbour.ifindex)}"
        ]
      end)
    end
  end
end

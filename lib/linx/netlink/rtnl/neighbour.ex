defmodule Linx.Netlink.Rtnl.Neighbour do
  @moduledoc """
  Neighbour entry of a link: the link-layer address of an IP address (ARP, IPv6 neighbour
  discovery).

  Kernel side: `struct ndmsg` and the `NDA_*` attributes of
  `include/uapi/linux/neighbour.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, neighbours} = Neighbour.list(sock, "eth0")

      :ok = Neighbour.add(sock, "eth0", "10.0.0.9", "02:00:00:00:00:09")
      :ok = Neighbour.replace(sock, "eth0", "fd00::9", "02:00:00:00:00:09", state: :stale)
      :ok = Neighbour.probe(sock, "eth0", "10.0.0.1")

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the socket's namespace.

  `ifindex` is the index of the link. The header fields `state` and `flags` are numbers:
  `states/1` and `flags/1` give their names. `lladdr` is a `Linx.MAC` if it has six bytes, a
  `Linx.LinkAddress` of any other length, such as the IPv4 address of a GRE tunnel's remote end,
  and `nil` if it is unknown. Times in `cacheinfo` are in hundredths of a second. `via` is
  `NDA_IFINDEX`.

  Entries of a bridge's or VXLAN's forwarding table are `Linx.Netlink.Rtnl.Fdb`: the kernel sends
  them in the same message with family 7.

  A link is given by name or index, an IP address as text of `Linx.IP.parse/1` or `Linx.IP`, a
  link-layer address as text of `Linx.LinkAddress.parse/1` or a value.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eexist` if the entry exists, `:enoent`
      if it does not, `:enodev` for an unknown link;
    * `{:bad_address, text}`;
    * `{:bad_mac, address}` - no link-layer address, or of another length than that of the link,
      if the link is given by name;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  use Linx.Netlink.Resource,
    name: :neighbour,
    plural: :neighbours,
    event: :neigh,
    messages: [new: 28, del: 29, get: 30],
    groups: [3],
    key: &__MODULE__.Key.unique/1,
    tracked?: &__MODULE__.Key.resolved?/1,
    untracked: :delete,
    ifindex: [:ifindex],
    gone: [:enoent, :enodev],
    identity: &__MODULE__.Requests.delete/1,
    owner: :applied,
    owner_key: &__MODULE__.Key.desired/1,
    desired: __MODULE__.Desired

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.{IP, LinkAddress}
  alias Linx.Netlink.{Batch, Error, Message, Options, Request}
  alias Linx.Netlink.Rtnl.{FdbExtAttrs, Flush, Link, Names, NdaCacheinfo, Ndmsg}

  alias __MODULE__
  alias __MODULE__.{Query, Requests}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newneigh 28
  @rtm_delneigh 29

  # NUD_NONE and NUD_*.
  @states [none: 0] ++ Names.neighbour_states()
  @flags Names.neighbour_flags()

  # NTF_* that a request may set, extended ones shifted by NTF_EXT_SHIFT, with the words of
  # `ip neighbour`.
  @settable [
    use: 0x1,
    router: 0x80,
    ext_learned: 0x10,
    extern_learn: 0x10,
    managed: 0x100,
    ext_validated: 0x400
  ]

  # NTF_PROXY.
  @proxy 0x8

  # RTPROT_* of include/uapi/linux/rtnetlink.h.
  @protocols Linx.Netlink.Rtnl.Protocol.names()

  codec prefix: "NDA_" do
    header "struct ndmsg", prefix: "ndm_" do
      field :family, :u8, "address family, AF_*"
      pad 3
      field :ifindex, :s32, "index of the link"
      field :state, :u16, "state, NUD_*"
      field :flags, :u8, "flags, NTF_*"
      field :type, :u8, "route type, RTN_*"
    end

    attr 1, :dst, IP, "IP address"
    attr 2, :lladdr, LinkAddress, "link-layer address"
    include Ndmsg
    attr 3, :cacheinfo, NdaCacheinfo, "ages of the entry"
    attr 4, :probes, :u32, "number of probes sent", volatile: true
    attr 9, :master, :u32, "index of the link's master"
    attr 12, :protocol, {:enum, :u8, @protocols}, "origin of the entry", values: "RTPROT_"
    attr 14, :fdb_ext_attrs, {:nested, FdbExtAttrs}, "ageing of an entry of a forwarding table"

    attr 17, :ndm_flags_mask, {:flags, :u8, @flags}, "flags that a flush compares, request only",
      values: "NTF_"
  end

  options(
    state:
      {{:enum, @states},
       "state; if not given, `:permanent`, or `:none` without link-layer address or with `:managed`",
       values: "NUD_"},
    flags:
      {{:flags, @settable}, "flags to set",
       values:
         {"NTF_",
          extern_learn: "NTF_EXT_LEARNED",
          managed: {:kernel, "include/net/neighbour.h"},
          ext_validated: {:kernel, "include/net/neighbour.h"}}},
    protocol: {{:named, 0..255, @protocols}, "origin of the entry"}
  )

  @type ref :: Link.ref()
  @type ip :: IP.input()
  @type mac :: LinkAddress.input()

  @type error ::
          Link.error() | {:bad_address, term()} | {:bad_mac, mac()}

  @typedoc "`:ok`; with `echo: true` the entry after the change; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  # Reading

  @doc """
  Lists the neighbours of the socket's namespace, of both families.

  Takes a link, by name or index, or options that filter:

    * `:link` - entries of one link, by name or index;
    * `:master` - entries of links with this master, by name or index;
    * `:family` - `:inet` or `:inet6`;
    * `:state` - entries in a state, or in one of a list of states, as of `states/1`;
    * `:proxy` - `true` for proxy entries, the addresses that links answer for, which are in a
      table of their own;
    * those of `Linx.Netlink.Request`.

  The kernel filters by link, master and family.
  """
  @spec list(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, filter \\ [])
  def list(sock, link) when is_binary(link) or is_integer(link), do: list(sock, link: link)
  def list(sock, opts), do: Query.list(sock, opts)

  @doc """
  Gets an entry.

  `{:error, %Linx.Netlink.Error{errno: :enoent}}` if there is none. With `proxy: true` it is
  the proxy entry of the address. Takes the option `:timeout`. Needs Linux 5.0.
  """
  @spec get(Request.target(), ref(), ip(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(sock, link, ip, opts \\ []), do: Query.get(sock, link, ip, opts)

  @doc """
  Names of the states of an entry (`NUD_*`): `[]` for `NUD_NONE`, else one in practice.

      iex> Linx.Netlink.Rtnl.Neighbour.states(%Linx.Netlink.Rtnl.Neighbour{state: 0x80})
      [:permanent]
  """
  @spec states(t()) :: [atom()]
  def states(%__MODULE__{state: bits}), do: Names.bits(@states, bits)

  @doc """
  Names of the flags of an entry (`NTF_*`), those of the header before those of `flags_ext`.

      iex> alias Linx.Netlink.Rtnl.Neighbour
      iex> Neighbour.flags(%Neighbour{flags: 0x80, flags_ext: [:managed]})
      [:router, :managed]
  """
  @spec flags(t()) :: [atom() | non_neg_integer()]
  def flags(%__MODULE__{flags: bits, flags_ext: ext}),
    do: Names.bits(@flags, bits) ++ (ext || [])

  # Changing

  @doc """
  Adds an entry. `opts` are the options above and those of `Linx.Netlink.Request`. With
  `echo: true` the result is the entry as the kernel made it.

      :ok = Neighbour.add(sock, "eth0", "10.0.0.9", "02:00:00:00:00:09", flags: [:router])
      :ok = Neighbour.add(sock, "eth0", "10.0.0.1", nil, flags: [:managed])

  Without a link-layer address, `nil`, the state is `:none` if not given: with the flag `:use`
  the kernel resolves the address once, with `:managed` (from Linux 5.16) again and again.
  """
  @spec add(Link.target(), ref(), ip(), mac() | nil, keyword()) :: done()
  def add(sock, link, ip, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_excl(), link, ip, mac, opts)

  @doc """
  Adds an entry that was read, such as one of `list/2`, proxy entries included. Read-only fields
  are left out. Options are `:echo` and those of `Linx.Netlink.Request`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  def add(sock, %__MODULE__{} = entry, opts \\ []),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_excl(), entry, opts)

  @doc """
  Adds or overwrites an entry that was read; see `add/3`.
  """
  @spec replace(Link.target(), t(), keyword()) :: done()
  def replace(sock, %__MODULE__{} = entry, opts \\ []),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_replace(), entry, opts)

  @doc """
  Adds an entry, or overwrites an existing one. Arguments as for `add/5`.
  """
  @spec replace(Link.target(), ref(), ip(), mac() | nil, keyword()) :: done()
  def replace(sock, link, ip, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_replace(), link, ip, mac, opts)

  @doc """
  Overwrites an entry; `:enoent` if there is none. Arguments as for `add/5`.
  """
  @spec change(Link.target(), ref(), ip(), mac() | nil, keyword()) :: done()
  def change(sock, link, ip, mac, opts \\ []),
    do: write(sock, nlm_f_replace(), link, ip, mac, opts)

  defp write(sock, flags, link, ip, mac, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, draft} <- Neighbour.Options.cast(link, ip, mac, opts),
         {:ok, entry} <- Neighbour.Options.resolve(draft, sock, request),
         do: send_new(sock, flags, entry, request)
  end

  defp write_whole(sock, flags, entry, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: send_new(sock, flags, Requests.create(entry), request)
  end

  defp send_new(sock, flags, entry, request) do
    # The kernel echoes no neighbours (seen with Linux 6.18).
    with {:error, :no_reply} <- Request.run(sock, @rtm_newneigh, flags, entry, request),
         do: Query.fetch(sock, Requests.delete(entry), request)
  end

  @doc """
  Deletes an entry; `:enoent` if there is none. Takes the option `:timeout`.

  `delete/2` and `delete/3` take an entry of `list/2`, proxy entries included.
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
         {:ok, draft} <- Neighbour.Options.cast_key(link, ip, opts),
         {:ok, entry} <- Neighbour.Options.resolve(draft, sock, request) do
      Request.run(sock, @rtm_delneigh, 0, %{entry | flags: flags}, request)
    end
  end

  @doc """
  Deletes the entries that `list/2` gives for the same options, and returns their number.

      {:ok, 12} = Neighbour.flush(sock, link: "eth0")

  Unless `:state` or `:proxy` is given, entries that are `:permanent` or `:noarp` stay.
  """
  @spec flush(Request.target(), keyword()) :: {:ok, non_neg_integer()} | {:error, error()}
  def flush(sock, opts) do
    dynamic = Keyword.keys(@states) -- [:noarp, :permanent]

    with :ok <- Options.keyword(opts),
         opts = if(opts[:proxy], do: opts, else: Keyword.put_new(opts, :state, dynamic)),
         {:ok, entries} <- list(sock, opts) do
      requests = Enum.map(entries, &Requests.delete/1)
      # Entries expire, and go with their link.
      Flush.run(sock, @rtm_delneigh, requests, [gone: [:enoent, :enodev]], opts)
    end
  end

  @doc """
  Makes the kernel probe a neighbour: verify its link-layer address, or resolve an unknown one.

  The result is the state of the entry within seconds: `:reachable` or `:failed`. A `:permanent`
  entry loses that state. In a batch, an entry without a link-layer address is an error. Options
  are `:timeout` and `:echo`.
  """
  @spec probe(Link.target(), ref(), ip(), keyword()) :: done()
  def probe(sock, link, ip, opts \\ []) do
    with {:ok, _request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: verify(sock, link, ip, opts)
  end

  defp verify(sock, link, ip, opts) do
    case change(sock, link, ip, nil, [state: :probe] ++ opts) do
      # There is no entry, or it has no link-layer address.
      {:error, %Error{errno: errno}} when errno in [:enoent, :einval] ->
        replace(sock, link, ip, nil, [flags: [:use]] ++ opts)

      other ->
        other
    end
  end

  @doc """
  Adds a proxy entry: the link answers ARP requests or neighbour solicitations for `ip`.

  Options are `:flags`, of which only `:router` has an effect here, `:protocol` and `:timeout`.
  The link uses proxy entries only with `proxy_arp` or `proxy_ndp` of `/proc/sys` set.
  """
  @spec add_proxy(Link.target(), ref(), ip(), keyword()) :: done()
  def add_proxy(sock, link, ip, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, draft} <- Neighbour.Options.cast_key(link, ip, opts, [:flags, :protocol]),
         {:ok, entry} <- Neighbour.Options.resolve(draft, sock, request) do
      proxy = %{entry | flags: entry.flags ||| @proxy}
      Request.run(sock, @rtm_newneigh, nlm_f_create() ||| nlm_f_excl(), proxy, request)
    end
  end

  @doc """
  Deletes a proxy entry, as of `add_proxy/4`. Takes the option `:timeout`.
  """
  @spec delete_proxy(Link.target(), ref(), ip(), keyword()) :: done()
  def delete_proxy(sock, link, ip, opts \\ []), do: remove(sock, @proxy, link, ip, opts)

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

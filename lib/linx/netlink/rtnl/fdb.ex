defmodule Linx.Netlink.Rtnl.Fdb do
  @moduledoc """
  Entry of a forwarding table (FDB) of a bridge, a VXLAN or a network card: the port or remote end
  to which frames for a hardware address are sent.

  Kernel side: `struct ndmsg` and the `NDA_*` attributes of
  `include/uapi/linux/neighbour.h`, in messages of family `AF_BRIDGE`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, entries} = Fdb.list(sock, bridge: "br0")

      :ok = Fdb.add(sock, "eth1", "02:00:00:00:00:09", state: :static, vlan: 7)
      :ok = Fdb.append(sock, "vxlan0", "00:00:00:00:00:00", dst: "192.0.2.9")
      :ok = Fdb.flush(sock, "br0", vlan: 7, state: :dynamic)

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the socket's namespace.

  A port of a bridge can have two tables: the bridge's, in which the entry points to the port
  (flag `:master`), and its own (flag `:self`), as a VXLAN has. Without the options `:master` and
  `:self`, verbs use the bridge's table for a port, and the link's own table for other links and
  for entries with a remote end (`:dst`, `:vni` and so on). `bridge fdb add` without either of
  them uses the link's own table for a port, too.

  Without `:state`, an entry is `:permanent`: in a bridge's table that is an address of the bridge
  itself, whose frames it receives. Frames for `:static` and `:dynamic` entries are sent out of the
  port; dynamic entries age.

  `ifindex` is the index of the link, `master` that of the bridge, `via` is `NDA_IFINDEX`. `state`
  holds `NUD_*`: `state/1` gives the word of `bridge fdb`. `dst`, `port`, `vni`, `src_vni`, `via`
  and `nh_id` are set for a VXLAN only.

  A link is given by name or index, a hardware address as text or `Linx.MAC`.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eexist` if the entry exists, `:enoent`
      if it does not, `:enodev` for an unknown link, `:eopnotsupp` for a link without such a table;
    * `{:bad_mac, text}`, `{:bad_address, text}`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is changed.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  use Linx.Netlink.Resource,
    name: :fdb,
    plural: :fdb,
    messages: [new: 28, del: 29, get: 30],
    family: 7,
    groups: [3],
    key: &__MODULE__.Key.unique/1,
    tracked?: &__MODULE__.Key.table?/1,
    default: false,
    ifindex: [:ifindex],
    gone: [:enoent, :enodev],
    identity: &__MODULE__.Requests.delete/1,
    owner: :applied,
    desired: __MODULE__.Desired

  import Bitwise, only: [|||: 2]

  import Linx.Netlink.Constants,
    only: [nlm_f_append: 0, nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.{IP, LinkAddress}
  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Rtnl.{FdbExtAttrs, Link, Names, NdaCacheinfo, Ndmsg}

  alias __MODULE__
  alias __MODULE__.{Query, Requests}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newneigh 28
  @rtm_delneigh 29

  # NLM_F_BULK of include/uapi/linux/netlink.h.
  @nlm_f_bulk 0x200

  # Words of `bridge fdb` for NUD_PERMANENT, NUD_NOARP and NUD_REACHABLE.
  @states [permanent: 0x80, local: 0x80, static: 0x40, dynamic: 0x2]

  # NTF_SELF and NTF_MASTER: the table of an entry.
  @self 0x2
  @master 0x4

  # NTF_* that a request may set.
  @settable [use: 0x1, ext_learned: 0x10, extern_learn: 0x10, sticky: 0x40, router: 0x80]

  @protocols Linx.Netlink.Rtnl.Protocol.names()

  @vlans 1..4094
  @vnis 0..0xFFFFFF
  @u32 0..0xFFFFFFFF

  codec prefix: "NDA_" do
    header "struct ndmsg", prefix: "ndm_" do
      field :family, :u8, "address family, 7 (AF_BRIDGE)"
      pad 3
      field :ifindex, :s32, "index of the link"
      field :state, {:flags, :u16, Names.neighbour_states()}, "state", values: "NUD_"
      field :flags, {:flags, :u8, Names.neighbour_flags()}, "flags", values: "NTF_"
      field :type, :u8, "route type, RTN_*"
    end

    attr 1, :dst, IP, "IP address of the remote end"
    attr 2, :lladdr, LinkAddress, "hardware address"
    include Ndmsg
    attr 3, :cacheinfo, NdaCacheinfo, "ages of the entry"
    attr 9, :master, :u32, "index of the bridge"
    attr 12, :protocol, {:enum, :u8, @protocols}, "origin of the entry", values: "RTPROT_"
    attr 14, :fdb_ext_attrs, {:nested, FdbExtAttrs}, "ageing of an entry of a forwarding table"

    attr 17,
         :ndm_flags_mask,
         {:flags, :u8, Names.neighbour_flags()},
         "flags that a flush compares, request only",
         values: "NTF_"
  end

  options(
    state:
      {{:enum, @states}, "state, `:permanent` if not given",
       values: {"NUD_", local: "NUD_PERMANENT", static: "NUD_NOARP", dynamic: "NUD_REACHABLE"}},
    flags:
      {{:flags, @settable}, "flags to set",
       values:
         {"NTF_",
          extern_learn: "NTF_EXT_LEARNED",
          managed: {:kernel, "include/net/neighbour.h"},
          ext_validated: {:kernel, "include/net/neighbour.h"}}},
    vlan: {@vlans, "VLAN id, of a bridge with VLAN filtering"},
    dst: {{:ip, {:dst, :dst}}, "remote end of a tunnel"},
    port: {1..0xFFFF, "UDP port of the remote end"},
    vni: {@vnis, "network identifier to send with"},
    src_vni: {@vnis, "network identifier received, for a VXLAN that takes any"},
    via: {:link, "link to send through"},
    nh_id: {@u32, "id of a nexthop group of remote ends"},
    activity_notify:
      {{:enum, [true: 1, inactive: 3]}, "notify activity, with `:inactive` also inactivity",
       field: [:ext, :activity_notify],
       values:
         {"FDB_NOTIFY_",
          true: "FDB_NOTIFY_BIT", inactive: "FDB_NOTIFY_BIT|FDB_NOTIFY_INACTIVE_BIT"}},
    dont_refresh:
      {:flag, "a replacement does not count as activity", field: [:ext, :dont_refresh]},
    master:
      {:flag, "use the table of the bridge of which the link is a port", field: [:table, @master]},
    self: {:flag, "use the link's own table", field: [:table, @self]}
  )

  @type ref :: Link.ref()
  @type mac :: LinkAddress.input()
  @type error :: Link.error()

  @typedoc "`:ok`; with `echo: true` the entry after the change; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  @doc false
  @spec __states__() :: keyword(pos_integer())
  def __states__, do: @states

  @doc """
  Lists the entries of all forwarding tables of the socket's namespace.

  Takes a link, by name or index, or options that filter:

    * `:link` - entries of one link, in its own table or, of a port, in its bridge's;
    * `:bridge` - entries of a bridge, and of the own tables of its ports, by name or index;
    * `:vlan` - entries of a VLAN id;
    * `:state` - `:permanent` (or `:local`), `:static` or `:dynamic`;
    * those of `Linx.Netlink.Request`.

  The kernel filters by link and bridge.
  """
  @spec list(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, filter \\ [])
  def list(sock, link) when is_binary(link) or is_integer(link), do: list(sock, link: link)
  def list(sock, opts), do: Query.list(sock, opts)

  @doc """
  State of an entry, in the words of `bridge fdb`: `:permanent`, `:static` or `:dynamic`.

      iex> Linx.Netlink.Rtnl.Fdb.state(%Linx.Netlink.Rtnl.Fdb{state: [:noarp]})
      :static
  """
  @spec state(t()) :: :permanent | :static | :dynamic
  def state(%__MODULE__{} = entry) do
    states = Flags.names(entry, :state)

    cond do
      :permanent in states -> :permanent
      :noarp in states -> :static
      true -> :dynamic
    end
  end

  @doc """
  Gets the entry of a hardware address.

  `link` is a bridge, any port of it, or a VXLAN. Options are `:vlan`, `:src_vni` for a VXLAN that
  receives any network identifier, `:master`, `:self` and `:timeout`. Needs Linux 5.0.
  """
  @spec get(Request.target(), ref(), mac(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(sock, link, mac, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :get, @netlink_route),
         {:ok, draft} <- Fdb.Options.cast(link, mac, opts, [:vlan, :src_vni, :master, :self]),
         {:ok, entry} <- Fdb.Options.resolve(draft, sock, request) do
      Query.fetch(sock, entry, request)
    end
  end

  @doc """
  Adds an entry. `opts` are those above and those of `Linx.Netlink.Request`.

      :ok = Fdb.add(sock, "eth1", "02:00:00:00:00:09", state: :static)
      :ok = Fdb.add(sock, "vxlan0", "02:00:00:00:00:09", dst: "192.0.2.9", vni: 42)

  With `echo: true` the result is the entry as the kernel made it.

  `add/2` and `add/3` take an entry that was read, such as one of `list/2`, and the options of
  `Linx.Netlink.Request`. Read-only fields are left out.
  """
  @spec add(Link.target(), ref(), mac(), keyword()) :: done()
  @spec add(Link.target(), t(), keyword(), []) :: done()
  def add(sock, link, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_excl(), link, mac, opts)

  @doc """
  Adds an entry, or overwrites an existing one; the remote end replaces all those of an entry of a
  VXLAN. Arguments and result as for `add/4`.
  """
  @spec replace(Link.target(), ref(), mac(), keyword()) :: done()
  @spec replace(Link.target(), t(), keyword(), []) :: done()
  def replace(sock, link, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_replace(), link, mac, opts)

  @doc """
  Adds a remote end to an entry of a VXLAN, or adds the entry: frames are sent to each remote end.
  Arguments and result as for `add/4`.

  The kernel allows several for multicast addresses and for `00:00:00:00:00:00`, the default
  entry.
  """
  @spec append(Link.target(), ref(), mac(), keyword()) :: done()
  @spec append(Link.target(), t(), keyword(), []) :: done()
  def append(sock, link, mac, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_append(), link, mac, opts)

  for verb <- [:add, :replace, :append] do
    @doc """
    Writes an entry that was read; see `#{verb}/4`.
    """
    @spec unquote(verb)(Link.target(), t()) :: done()
    def unquote(verb)(sock, %__MODULE__{} = entry), do: unquote(verb)(sock, entry, [], [])
  end

  defp write(sock, flags, %__MODULE__{} = entry, opts, []) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: send_new(sock, flags, Requests.create(entry), request)
  end

  defp write(sock, flags, link, mac, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, draft} <- Fdb.Options.cast(link, mac, [state: :permanent] ++ opts),
         {:ok, entry} <- Fdb.Options.resolve(draft, sock, request),
         do: send_new(sock, flags, entry, request)
  end

  defp send_new(sock, flags, entry, request) do
    # The kernel echoes no entries (seen with Linux 6.18).
    with {:error, :no_reply} <- Request.run(sock, @rtm_newneigh, flags, entry, request),
         do: Query.fetch(sock, entry, Keyword.take(request, [:timeout]))
  end

  @doc """
  Deletes an entry; `:enoent` if there is none.

  Options are `:vlan`, `:master`, `:self`, `:timeout` and, to delete one remote end of several,
  `:dst`, `:port`, `:vni`, `:src_vni`, `:via`.

  `delete/2` and `delete/3` take an entry of `list/2`; of an entry of a VXLAN they delete one remote
  end. From a bridge with VLAN filtering, an entry without a VLAN id is deleted for every VLAN id:
  the kernel has no request for it alone.
  """
  @spec delete(Link.target(), ref(), mac(), keyword()) :: done()
  @spec delete(Link.target(), t(), keyword(), []) :: done()
  def delete(sock, link, mac, opts \\ [])

  def delete(sock, %__MODULE__{} = entry, opts, []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: Request.run(sock, @rtm_delneigh, 0, Requests.delete(entry), request)
  end

  def delete(sock, link, mac, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         keys = [:vlan, :master, :self | Fdb.Options.remote()],
         {:ok, draft} <- Fdb.Options.cast(link, mac, opts, keys),
         {:ok, entry} <- Fdb.Options.resolve(draft, sock, request) do
      # Network cards delete entries in this state only.
      entry = %{entry | state: [:permanent]}
      Request.run(sock, @rtm_delneigh, 0, entry, request)
    end
  end

  @doc """
  Deletes an entry of `list/2`; see `delete/4`.
  """
  @spec delete(Link.target(), t()) :: done()
  def delete(sock, %__MODULE__{} = entry), do: delete(sock, entry, [], [])

  @doc """
  Deletes all entries of a bridge, of one of its ports, or of a VXLAN, in one request.

      :ok = Fdb.flush(sock, "br0", state: :dynamic)
      :ok = Fdb.flush(sock, "eth1", vlan: 7)
      :ok = Fdb.flush(sock, "vxlan0", dst: "192.0.2.9")

  Options filter: `:state`, `:flags` (entries with all of these), `:vlan`, for a bridge `:via`
  (one of its ports), for a VXLAN `:dst`, `:port`, `:vni`, `:src_vni` and `:nh_id`. `:master` and
  `:self` choose the table; `:timeout` is that of `Linx.Netlink.Request`. Without `:state` the
  bridge's own addresses are deleted, too. Needs Linux 5.19, for a VXLAN 6.7.
  """
  @spec flush(Link.target(), ref(), keyword()) :: done()
  def flush(sock, link, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         keys = [:state, :flags, :vlan, :master, :self | Fdb.Options.remote()],
         {:ok, {_link, _mac, fields} = draft} <- Fdb.Options.cast_filter(link, opts, keys),
         {:ok, entry} <- Fdb.Options.resolve(draft, sock, request) do
      {state, mask} = state_filter(fields[:state])
      entry = %{entry | state: state, ndm_state_mask: mask, ndm_flags_mask: fields[:flags]}
      Request.run(sock, @rtm_delneigh, @nlm_f_bulk, entry, request)
    end
  end

  # A permanent entry of a bridge has NUD_NOARP, too.
  defp state_filter(nil), do: {0, nil}
  defp state_filter(0x80), do: {0x80, 0x80}
  defp state_filter(0x40), do: {0x40, 0xC0}
  defp state_filter(_dynamic), do: {0, 0xC0}

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Fdb
    alias Linx.Text

    def inspect(entry, opts) do
      Text.show(entry, opts, fn ->
        [
          Text.field(entry.lladdr),
          Text.part("vlan=", entry.vlan),
          Text.part("dst=", entry.dst),
          "ifindex=#{Text.field(entry.ifindex)}",
          Text.field(Fdb.state(entry))
        ]
      end)
    end
  end
end

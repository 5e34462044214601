defmodule Linx.Netlink.Rtnl.Mdb do
  @moduledoc """
  The multicast database of a bridge: the ports that a multicast group is forwarded to, and the
  ports that lead to multicast routers.

  Kernel side: `struct br_port_msg`, `struct br_mdb_entry` and the `MDBA_*` attributes of
  `include/uapi/linux/if_bridge.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, [mdb]} = Mdb.list(sock, bridge: "br0")
      for entry <- Mdb.entries(mdb), do: {Mdb.Entry.group(entry), entry.ifindex}

      :ok = Mdb.add(sock, "br0", "eth1", "239.1.1.1", state: :permanent)
      :ok = Mdb.delete(sock, "br0", "eth1", "239.1.1.1")

  Reading needs no privilege, everything else `CAP_NET_ADMIN` in the socket's namespace.

  A bridge and a port are given by name or index, a group as an IPv4, IPv6 or MAC multicast address,
  a string or a value. The bridge in place of the port means the bridge's own stack, whose entries
  cannot be permanent.

  A notification holds the entries that have changed.

  ## Options of a verb

    * `:vid` - VLAN, 1 to 4094;
    * `:src` - source address, for `(S, G)` entries;
    * `:state` - `:temporary`, which is the default, or `:permanent`;
    * `:filter_mode` - `:include` or `:exclude` the sources of `:source_list`, from Linux 6.3;
    * `:source_list` - list of source addresses, from Linux 6.3;
    * those of `Linx.Netlink.Request`.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; an entry that exists is `:eexist`, one that does
      not `:enoent` or `:einval`, an unknown link `:enodev`, a link that is no bridge `:eopnotsupp`;
    * `{:bad_option, :group, value}` - no address;
    * `{:bad_name, name}`, `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :mdb,
    plural: :mdbs,
    messages: [new: 84, del: 85, get: 86],
    groups: [26],
    optional: true,
    key: [:ifindex],
    whole?: false,
    default: false,
    ifindex: [:ifindex]

  import Bitwise, only: [|||: 2]

  import Linx.Netlink.Constants,
    only: [nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.{IP, MAC}
  alias Linx.Netlink.{Message, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Link.BridgeRouterPort

  alias __MODULE__.{BrPortMsg, Change, Entry, Group, Groups, SetAttrs, Source, SourceList}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newmdb 84
  @rtm_delmdb 85
  @rtm_getmdb 86

  # NLM_F_BULK of include/uapi/linux/netlink.h.
  @nlm_f_bulk 0x200

  @af_bridge 7

  codec prefix: "MDBA_" do
    header BrPortMsg

    attr 1, :mdb, {:nested, Groups}, "groups, see `entries/1`"

    attr 2, :router, {:array, BridgeRouterPort, 1}, "ports that lead to multicast routers",
      element: "MDBA_ROUTER_PORT"
  end

  @type ref :: Link.ref()
  @type group :: String.t() | IP.t() | MAC.t()
  @type error :: Link.error()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc """
  The multicast databases of the bridges of the socket's namespace, one struct for each bridge.

  Option: `:bridge`, for one of them, by name or index. Further options are those of
  `Linx.Netlink.Request`. The kernel does not filter.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, bridge: :link),
         {:ok, index} <- Link.option_index(sock, wanted[:bridge], request),
         {:ok, mdbs} <- Request.dump(sock, @rtm_getmdb, %__MODULE__{family: @af_bridge}, request) do
      {:ok, for(mdb <- join(mdbs), index in [nil, mdb.ifindex], do: mdb)}
    end
  end

  # A database that does not fit one message is continued in the next.
  defp join([%{ifindex: same} = mdb, %{ifindex: same} = more | rest]) do
    groups = %Groups{group: groups(mdb) ++ groups(more)}
    join([%{mdb | mdb: groups, router: mdb.router || more.router} | rest])
  end

  defp join([mdb | rest]), do: [mdb | join(rest)]
  defp join([]), do: []

  defp groups(%{mdb: %Groups{group: [_ | _] = groups}}), do: groups
  defp groups(_mdb), do: []

  @doc """
  The entries of a database: one for each group and port.
  """
  @spec entries(t()) :: [Entry.t()]
  def entries(%__MODULE__{} = mdb),
    do: for(%Group{entry: entries} <- groups(mdb), entry <- entries || [], do: entry)

  @doc """
  The ports of a bridge that lead to multicast routers.

  `opts` are those of `Linx.Netlink.Request`.
  """
  @spec router_ports(Request.target(), ref(), keyword()) ::
          {:ok, [BridgeRouterPort.t()]} | {:error, error()}
  def router_ports(sock, bridge, opts \\ []) do
    with {:ok, _request, %{}} <- Options.read(opts, :dump, @netlink_route, []),
         {:ok, mdbs} <- list(sock, [bridge: bridge] ++ opts),
         do: {:ok, Enum.flat_map(mdbs, &(&1.router || []))}
  end

  @doc """
  Adds an entry; options as above.
  """
  @spec add(Link.target(), ref(), ref(), group(), keyword()) :: done()
  def add(sock, bridge, port, group, opts \\ []),
    do: change(sock, @rtm_newmdb, nlm_f_create() ||| nlm_f_excl(), bridge, port, group, opts)

  @doc """
  Adds an entry, or replaces the one that exists; options as above. Needs Linux 6.3.
  """
  @spec replace(Link.target(), ref(), ref(), group(), keyword()) :: done()
  def replace(sock, bridge, port, group, opts \\ []),
    do: change(sock, @rtm_newmdb, nlm_f_create() ||| nlm_f_replace(), bridge, port, group, opts)

  @doc """
  Deletes an entry; of the options above `:vid`, `:src` and those of a request.
  """
  @spec delete(Link.target(), ref(), ref(), group(), keyword()) :: done()
  def delete(sock, bridge, port, group, opts \\ []),
    do: change(sock, @rtm_delmdb, 0, bridge, port, group, opts)

  defp change(sock, type, flags, bridge, port, group, opts) do
    table = if type == @rtm_delmdb, do: Keyword.take(options(), [:vid, :src]), else: options()

    with {:ok, request, wanted} <- Options.read(opts, :set, @netlink_route, table),
         {:ok, group} <- group(group),
         {:ok, port} <- Type.check(:link, :port, port),
         {:ok, bridge} <- Link.index(sock, bridge, request),
         {:ok, port} <- Link.option_index(sock, port, request) do
      entry = %{
        Entry.new(group)
        | ifindex: port,
          vid: wanted[:vid] || 0,
          state: wanted[:state] || :temporary
      }

      change = %Change{family: @af_bridge, ifindex: bridge, entry: entry, attrs: attrs(wanted)}
      Request.run(sock, type, flags, change, request)
    end
  end

  @doc """
  Deletes all entries of a bridge.

  Options: `:port`, for the entries of one port, by name or index; `:vid`, for those of one VLAN; and
  those of `Linx.Netlink.Request`. Needs Linux 6.8.
  """
  @spec flush(Link.target(), ref(), keyword()) :: done()
  def flush(sock, bridge, opts \\ []) do
    table = [port: :link, vid: 1..4094]

    with {:ok, request, wanted} <- Options.read(opts, :set, @netlink_route, table),
         {:ok, port} <- Link.option_index(sock, wanted[:port], request),
         {:ok, bridge} <- Link.index(sock, bridge, request) do
      entry = %Entry{ifindex: port || 0, vid: wanted[:vid] || 0}
      change = %Change{family: @af_bridge, ifindex: bridge, entry: entry}
      Request.run(sock, @rtm_delmdb, @nlm_f_bulk, change, request)
    end
  end

  defp options do
    [
      vid: 1..4094,
      src: {:ip, {:src, :src}},
      state: {:choice, [temporary: :temporary, permanent: :permanent]},
      filter_mode: {:choice, [include: :include, exclude: :exclude]},
      source_list: {:list, {:ip, {:source, :source}}}
    ]
  end

  defp group(%module{} = group) when module in [IP, MAC], do: {:ok, group}

  defp group(text) when is_binary(text) do
    with {:error, _} <- IP.parse(text),
         {:error, _} <- MAC.parse(text),
         do: {:error, {:bad_option, :group, text}}
  end

  defp group(other), do: {:error, {:bad_option, :group, other}}

  defp attrs(wanted) do
    sources = for ip <- wanted[:source_list] || [], do: %Source{address: ip}

    attrs = %SetAttrs{
      source: wanted[:src],
      group_mode: wanted[:filter_mode],
      src_list: if(sources != [], do: %SourceList{entry: sources})
    }

    if attrs != %SetAttrs{}, do: attrs
  end

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Mdb
    alias Linx.Text

    def inspect(mdb, opts) do
      Text.show(mdb, opts, fn ->
        ["ifindex=#{Text.field(mdb.ifindex)}", "entries=#{length(Mdb.entries(mdb))}"]
      end)
    end
  end
end

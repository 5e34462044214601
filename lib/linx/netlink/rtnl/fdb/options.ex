defmodule Linx.Netlink.Rtnl.Fdb.Options do
  @moduledoc false
  # Options of the verbs of forwarding entries: checked, then made a request.

  import Bitwise

  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Fdb, Link, Names}
  alias Linx.Netlink.Rtnl.FdbExtAttrs

  @af_bridge 7

  # NTF_SELF and NTF_MASTER of include/uapi/linux/neighbour.h: the table of an entry.
  @self 0x2
  @master 0x4

  # Options of the remote end of a tunnel.
  @remote [:dst, :port, :vni, :src_vni, :via, :nh_id]

  @typedoc "The link, the hardware address or `nil`, and the fields that the options set."
  @type draft :: {Link.ref(), Linx.MAC.t() | nil, map()}

  @doc "Options of the remote end of an entry of a VXLAN."
  @spec remote() :: [atom()]
  def remote, do: @remote

  @doc "Checks the arguments of a verb, of whose options `keys` are allowed."
  @spec cast(Fdb.ref(), Fdb.mac(), keyword(), [atom()]) ::
          {:ok, draft()} | {:error, Fdb.error()}
  def cast(link, mac, opts, keys \\ Keyword.keys(Fdb.__options__())) do
    with {:ok, mac} <- Type.mac(mac),
         {:ok, {link, nil, fields}} <- cast_filter(link, opts, keys),
         do: {:ok, {link, mac, fields}}
  end

  @doc "Checks the options that choose entries of a link, of which `keys` are allowed."
  @spec cast_filter(Fdb.ref(), keyword(), [atom()]) :: {:ok, draft()} | {:error, Fdb.error()}
  def cast_filter(link, opts, keys) do
    table = Keyword.take(Fdb.__options__(), keys)

    with {:ok, fields} <- Options.parse(table, opts, :create),
         do: {:ok, {link, nil, Enum.reduce(fields, %{}, &put/2)}}
  end

  defp put({[:table, _bit], false}, fields), do: fields
  defp put({[:table, bit], true}, fields), do: Map.update(fields, :table, bit, &(&1 ||| bit))

  defp put({[:ext, field], value}, fields) do
    ext = Map.get(fields, :fdb_ext_attrs, %FdbExtAttrs{})
    Map.put(fields, :fdb_ext_attrs, Map.replace!(ext, field, value))
  end

  defp put({[field], value}, fields), do: Map.put(fields, field, value)

  @doc "Looks up the links of a draft, and chooses the table."
  @spec resolve(draft(), Link.target(), keyword()) :: {:ok, Fdb.t()} | {:error, Fdb.error()}
  def resolve({link, mac, fields}, sock, request) do
    with {:ok, link} <- Link.lookup(sock, link, Keyword.take(request, [:timeout])),
         {:ok, via} <- Link.option_index(sock, fields[:via], request) do
      port? = match?(%{slave_kind: "bridge"}, link.linkinfo)
      {:ok, entry({link.index, mac, fields}, via, port?)}
    end
  end

  @doc """
  The entry of a draft whose links are indices. That of a port is of the bridge's table, unless it
  has a remote end or an option chooses.
  """
  @spec entry({pos_integer(), Linx.MAC.t() | nil, map()}, pos_integer() | nil, boolean()) ::
          Fdb.t()
  def entry({index, mac, fields}, via, port?) do
    remote? = Enum.any?(@remote, &is_map_key(fields, &1))
    default = if port? and not remote?, do: @master, else: @self
    {table, fields} = Map.pop(fields, :table, default)

    entry = %Fdb{family: @af_bridge, ifindex: index, lladdr: mac}
    entry = entry |> Map.merge(fields) |> Map.replace!(:via, via)
    flags = Names.bits(Names.neighbour_flags(), table ||| (fields[:flags] || 0))
    %{entry | flags: flags}
  end
end

defmodule Linx.Netlink.Rtnl.Nexthop do
  @moduledoc """
  A nexthop object: where routes lead, kept apart from them.

  Kernel side: `struct nhmsg` and the `NHA_*` attributes of
  `include/uapi/linux/nexthop.h`.

      :ok = Nexthop.add(sock, id: 1, gateway: "10.0.0.1", dev: "eth0")
      :ok = Nexthop.add(sock, id: 2, gateway: "fe80::1", dev: "eth1")
      :ok = Nexthop.add(sock, id: 10, group: [{1, 3}, {2, 1}])
      :ok = Route.add(sock, "10.9.0.0", 16, nil, nh_id: 10)

      :ok = Nexthop.replace(sock, id: 1, gateway: "10.0.0.2", dev: "eth0")

  The last line moves every route that uses the object, at once. Reading needs no
  privilege, everything else `CAP_NET_ADMIN` in the socket's namespace.

  A link that goes down takes its nexthop objects with it, and those take their routes;
  the kernel reports neither.

  ## Further options

    * `:group` - what the group is made of: ids, or `{id, weight}` with a weight of 1 to
      65535 (before Linux 6.12, 256);
    * `:gateway` - the gateway, of either family;
    * `:encap` - what to wrap packets in, see `Linx.Netlink.Rtnl.Encap`;
    * `:protocol` - who made the object, 0 to 255 or a name as in the field `protocol`;
    * `:family` - `:inet` or `:inet6`; follows from the gateway, otherwise `:inet`;
    * `:echo` - `true` to get `{:ok, nexthop}`, as the kernel made it, in place of `:ok`;
    * those of `Linx.Netlink.Request`.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; an id that is there already is
      `:eexist`, one that is not `:enoent`, an unknown link `:enodev`;
    * `{:bad_address, text}`, `{:unknown_option, key}`, `{:bad_option, key, value}`,
      `{:family_mismatch, {family, gateway}}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.IP
  alias Linx.Netlink.{Error, Message, Options, Request}
  alias Linx.Netlink.Rtnl.{Encap, Link}

  alias __MODULE__
  alias __MODULE__.{Group, ResBucket, ResGroup, Stats}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newnexthop 104
  @rtm_delnexthop 105
  @rtm_getnexthop 106
  @rtm_getnexthopbucket 118

  @families [unspec: 0, inet: 2, bridge: 7, inet6: 10]
  # RT_SCOPE_* and RTPROT_* of include/uapi/linux/rtnetlink.h.
  @scopes [universe: 0, site: 200, link: 253, host: 254, nowhere: 255]
  @protocols Linx.Netlink.Rtnl.Protocol.names()
  # RTNH_F_* of the same.
  @flags [
    dead: 0x1,
    pervasive: 0x2,
    onlink: 0x4,
    offload: 0x8,
    linkdown: 0x10,
    unresolved: 0x20,
    trap: 0x40
  ]

  # `ip nexthop` says `resilient`.
  @group_types [mpath: 0, res: 1]
  # NHA_OP_FLAG_*.
  @op_flags [dump_stats: 0x1, dump_hw_stats: 0x2, resp_grp_resvd_0: 0x80000000]
  @encap_types Encap.__types__()
  @encaps Encap.__table__()

  codec prefix: "NHA_" do
    header "struct nhmsg", prefix: "nh_" do
      field :family, {:enum, :u8, @families}, values: "AF_"
      field :scope, {:enum, :u8, @scopes}, values: "RT_SCOPE_"
      field :protocol, {:enum, :u8, @protocols}, values: "RTPROT_"
      pad 1
      field :flags, {:flags, :u32, @flags}, values: "RTNH_F_"
    end

    attr 1, :id, :u32
    attr 2, :group, {:packed, Group}

    attr 3, :group_type, {:enum, :u16, @group_types ++ [resilient: :res]},
      values: {"NEXTHOP_GRP_TYPE_", resilient: "NEXTHOP_GRP_TYPE_RES"}

    attr 4, :blackhole, :flag
    attr 5, :oif, :u32
    attr 6, :gateway, IP
    attr 7, :encap_type, {:enum, :u16, @encap_types}, values: "LWTUNNEL_ENCAP_"
    attr 8, :encap, {:dispatch, :encap_type, @encaps}
    attr 9, :groups, :flag
    attr 10, :master, :u32
    attr 11, :fdb, :flag
    attr 12, :res_group, {:nested, ResGroup}
    attr 13, :res_bucket, {:nested, ResBucket}
    attr 14, :op_flags, {:flags, :u32, @op_flags}, values: "NHA_OP_FLAG_"
    attr 15, :group_stats, {:nested, Stats}
    attr 16, :hw_stats_enable, :u32
    attr 17, :hw_stats_used, :u32
  end

  options(
    id: {1..0xFFFFFFFF, "id; the kernel's choice if not given"},
    dev: {:link, "outgoing link", field: [:oif]},
    oif: {:link, "the same"},
    blackhole: {:flag, "drop packets"},
    fdb: {:flag, "of a VXLAN's forwarding table: a far end, not a next hop"},
    onlink: {:bool, "take the gateway to be on the link whatever the addresses say"},
    type:
      {{:enum, @group_types ++ [resilient: 1]}, "how a group chooses, `:mpath` if not given",
       values: {"NEXTHOP_GRP_TYPE_", resilient: "NEXTHOP_GRP_TYPE_RES"}},
    buckets: {1..0xFFFF, "of a resilient group: how many shares there are to deal out"},
    idle_timer: {0..0xFFFFFFFF, "how long a bucket has to be idle to move, 1/100 s"},
    unbalanced_timer: {0..0xFFFFFFFF, "how long it may take until all is in balance, 1/100 s"},
    hw_stats: {:bool, "of a group: count in hardware too, from Linux 6.9"}
  )

  @type error ::
          Link.error()
          | {:unknown_option, term()}
          | {:bad_option, atom(), term()}
          | {:bad_address, String.t()}
          | {:family_mismatch, {IP.family(), IP.family()}}

  @typedoc "`:ok`; with `echo: true` the object as it became; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  # RTPROT_*.
  @doc false
  @spec __protocols__() :: keyword(0..255)
  def __protocols__, do: @protocols

  # Reading

  @doc """
  The nexthop objects of the socket's namespace, unless options choose.

  The kernel filters by

    * `:dev` or `:oif` - a link;
    * `:master` - those whose link belongs to this bridge, bond or VRF;
    * `:groups` - `true` for groups only;
    * `:family` - `:inet` or `:inet6`;

  and we by

    * `:fdb` - `true` for those of forwarding tables only.

  With `stats: true`, groups come with what they have forwarded, in `group_stats` (from
  Linux 6.9). Further options are those of `Linx.Netlink.Request`.
  """
  @spec list(Link.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :dump, @netlink_route),
         {:ok, query} <- Nexthop.Options.query(sock, opts, request),
         {:ok, nexthops} <- Request.dump(sock, @rtm_getnexthop, query, request) do
      {:ok, Enum.filter(nexthops, &Nexthop.Options.wanted?(&1, query))}
    end
  end

  @doc """
  The nexthop object with an id; `:enoent` if there is none.

  With `stats: true` a group comes with what it has forwarded (from Linux 6.9). Further
  options are those of `Linx.Netlink.Request`. An id outside of 1 to 4294967295 is
  `{:bad_option, :id, value}`.
  """
  @spec get(Link.target(), pos_integer(), keyword()) :: {:ok, t()} | {:error, error()}
  def get(sock, id, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :get, @netlink_route),
         {:ok, id} <- Nexthop.Options.id(id),
         {:ok, query} <- Nexthop.Options.query(sock, opts, request, [:stats]),
         do: Request.fetch(sock, @rtm_getnexthop, %{query | id: id}, request)
  end

  @doc """
  The buckets of resilient groups, each in `res_bucket` of a struct.

  The kernel filters by `:id`, a group, `:nh_id`, a member, and by `:dev` or `:oif` and
  `:master` as in `list/2`.
  """
  @spec buckets(Link.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def buckets(sock, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :dump, @netlink_route),
         {:ok, query} <- Nexthop.Options.bucket_query(sock, opts, request),
         do: Request.dump(sock, @rtm_getnexthopbucket, query, request)
  end

  @doc """
  The bucket `index`, counted from 0, of the resilient group `id`, in `res_bucket`; `:enoent`
  if there is no such group or bucket.

  `opts` are those of `Linx.Netlink.Request`.
  """
  @spec bucket(Link.target(), pos_integer(), 0..0xFFFF, keyword()) ::
          {:ok, t()} | {:error, error()}
  def bucket(sock, id, index, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :get, @netlink_route),
         {:ok, %{}} <- Options.cast([], opts),
         {:ok, query} <-
           Nexthop.Options.bucket_query(sock, [id: id, index: index], request, [:id, :index]),
         do: Request.fetch(sock, @rtm_getnexthopbucket, query, request)
  end

  # Writing

  @doc """
  Adds a nexthop object.

      :ok = Nexthop.add(sock, id: 3, blackhole: true)
      :ok = Nexthop.delete(sock, nexthop)
      :ok = Nexthop.add(sock, nexthop)
      {:ok, %Nexthop{id: id}} = Nexthop.add(sock, gateway: "10.0.0.1", dev: "eth0", echo: true)
      :ok = Nexthop.add(sock, id: 11, group: [1, 2], type: :resilient, buckets: 32)

  `add/2`, `replace/2` and `delete/2` take a whole object instead of options, such as one of
  `list/2`. What only the kernel can say of it is left out.
  """
  @spec add(Link.target(), keyword() | t()) :: done()
  def add(sock, %__MODULE__{} = nexthop), do: add(sock, nexthop, [])
  def add(sock, opts), do: write(sock, nlm_f_create() ||| nlm_f_excl(), opts)

  @doc """
  Adds a nexthop object that is given whole, as `add/2` does, with the options `:echo` and those of
  `Linx.Netlink.Request`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  def add(sock, %__MODULE__{} = nexthop, opts),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_excl(), nexthop, opts)

  @doc """
  Adds a nexthop object, or changes the one with this id for all that use it.

  A group stays a group, and keeps its type.
  """
  @spec replace(Link.target(), keyword() | t()) :: done()
  def replace(sock, %__MODULE__{} = nexthop), do: replace(sock, nexthop, [])
  def replace(sock, opts), do: write(sock, nlm_f_create() ||| nlm_f_replace(), opts)

  @doc """
  Adds or changes a nexthop object that is given whole, as `replace/2` does; options as for
  `add/3`.
  """
  @spec replace(Link.target(), t(), keyword()) :: done()
  def replace(sock, %__MODULE__{} = nexthop, opts),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_replace(), nexthop, opts)

  @doc """
  Deletes a nexthop object, and the routes that use it; groups lose a member. Takes the option
  `:timeout`.
  """
  @spec delete(Link.target(), pos_integer() | t(), keyword()) :: done()
  def delete(sock, nexthop, opts \\ [])
  def delete(sock, %__MODULE__{id: id}, opts), do: delete(sock, id, opts)

  def delete(sock, id, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         {:ok, id} <- Nexthop.Options.id(id),
         do: Request.run(sock, @rtm_delnexthop, 0, %__MODULE__{id: id}, request)
  end

  @doc """
  Deletes the nexthop objects that `list/2` gives for the same options, with the routes
  that use them, and says how many.

  `:protocol` chooses further. Without options all of them go.
  """
  @spec flush(Link.target(), keyword()) :: {:ok, non_neg_integer()} | {:error, error()}
  def flush(sock, opts \\ []) do
    with :ok <- Options.keyword(opts),
         {protocol, opts} = Keyword.split(opts, [:protocol]),
         {:ok, wanted} <- Options.cast([protocol: {:named, 0..255, @protocols}], protocol),
         {:ok, nexthops} <- list(sock, opts) do
      nexthops
      |> Enum.filter(&(wanted[:protocol] in [nil, number(&1.protocol)]))
      |> Enum.reduce_while({:ok, 0}, fn nexthop, {:ok, count} ->
        case delete(sock, nexthop.id, Keyword.take(opts, [:timeout])) do
          :ok -> {:cont, {:ok, count + 1}}
          # Groups go with their last member.
          {:error, %Error{errno: :enoent}} -> {:cont, {:ok, count}}
          {:error, reason} -> {:halt, {:error, reason}}
        end
      end)
    end
  end

  defp number(protocol), do: if(is_atom(protocol), do: @protocols[protocol], else: protocol)

  defp write_whole(sock, flags, nexthop, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: Request.run(sock, @rtm_newnexthop, flags, Nexthop.Options.again(nexthop), request)
  end

  defp write(sock, flags, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, nexthop, link} <- Nexthop.Options.cast(opts),
         {:ok, oif} <- Nexthop.Options.index(sock, link, request) do
      Request.run(sock, @rtm_newnexthop, flags, %{nexthop | oif: oif}, request)
    end
  end

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Nexthop.Group
    alias Linx.Text

    def inspect(nexthop, opts) do
      Text.show(nexthop, opts, fn ->
        [
          Text.part("id=", nexthop.id),
          nexthop.group && "group=#{Enum.map_join(nexthop.group, ",", &member/1)}",
          nexthop.group && nexthop.group_type != :mpath && Text.part("type=", nexthop.group_type),
          Text.part("via ", nexthop.gateway),
          Text.part("oif=", nexthop.oif),
          nexthop.blackhole && "blackhole",
          nexthop.fdb && "fdb",
          nexthop.res_bucket && "bucket=#{Text.field(nexthop.res_bucket.index)}"
        ]
      end)
    end

    defp member(%Group{id: id} = member) do
      case Group.weight(member) do
        1 -> Text.field(id)
        weight -> "#{Text.field(id)}*#{Text.field(weight)}"
      end
    end
  end
end

defmodule Linx.Netlink.Rtnl.Nexthop do
  @moduledoc """
  Nexthop object: gateway and link of routes, as an object that routes refer to by its id.

  Kernel side: `struct nhmsg` and the `NHA_*` attributes of
  `include/uapi/linux/nexthop.h`.

      :ok = Nexthop.add(sock, id: 1, gateway: "10.0.0.1", dev: "eth0")
      :ok = Nexthop.add(sock, id: 2, gateway: "fe80::1", dev: "eth1")
      :ok = Nexthop.add(sock, id: 10, group: [{1, 3}, {2, 1}])
      :ok = Route.add(sock, "10.9.0.0/16", nil, nh_id: 10)

      :ok = Nexthop.replace(sock, id: 1, gateway: "10.0.0.2", dev: "eth0")

  The last line changes every route that uses the object, in one step. Reading needs no privilege;
  everything else needs `CAP_NET_ADMIN` in the socket's namespace.

  `oif` is the index of the outgoing link; `group` holds the members of a group. When a link goes
  down, the kernel deletes its nexthop objects, and the routes that use them, without notifications.

  ## Further options

    * `:group` - members of a group: ids, or `{id, weight}` with a weight of 1 to 65535 (before
      Linux 6.12, 256);
    * `:gateway` - gateway of either family;
    * `:encap` - encapsulation of packets, see `Linx.Netlink.Rtnl.Encap`;
    * `:family` - `:inet` or `:inet6`; if not given, that of the gateway or `:inet`;
    * `:echo` - `true` to get `{:ok, nexthop}`, as the kernel made it, in place of `:ok`;
    * those of `Linx.Netlink.Request`.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eexist` if the id exists, `:enoent` if it
      does not, `:enodev` for an unknown link;
    * `{:bad_address, text}`, `{:unknown_option, key}`, `{:bad_option, key, value}`,
      `{:family_mismatch, {family, gateway}}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  use Linx.Netlink.Resource,
    name: :nexthop,
    plural: :nexthops,
    messages: [new: 104, del: 105, get: 106],
    groups: [32],
    optional: true,
    key: [:id],
    ifindex: [:oif],
    dependents: [routes: :nh_id],
    gone: [:enoent],
    identity: &__MODULE__.Desired.identity/1,
    owner: :protocol,
    desired: __MODULE__.Desired

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.IP
  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Rtnl.{Encap, Flush, Link, Names, Protocol}

  alias __MODULE__
  alias __MODULE__.{Group, Query, Requests, ResBucket, ResGroup, Stats}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newnexthop 104
  @rtm_delnexthop 105

  # NEXTHOP_GRP_TYPE_*; `:resilient` is the word of `ip nexthop`.
  @group_types [mpath: 0, res: 1]
  # NHA_OP_FLAG_*.
  @op_flags [dump_stats: 0x1, dump_hw_stats: 0x2, resp_grp_resvd_0: 0x80000000]
  @encap_types Encap.__types__()
  @encaps Encap.__table__()

  codec prefix: "NHA_" do
    header "struct nhmsg", prefix: "nh_" do
      field :family, {:enum, :u8, Names.families()}, "address family of the gateway",
        values: "AF_"

      field :scope, {:enum, :u8, Names.scopes()}, "scope", values: "RT_SCOPE_"
      field :protocol, {:enum, :u8, Protocol.names()}, "origin", values: "RTPROT_"
      pad 1
      field :flags, {:flags, :u32, Names.nexthop_flags()}, "flags", values: "RTNH_F_"
    end

    attr 1, :id, :u32, "id"
    attr 2, :group, {:packed, Group}, "members of a group"

    attr 3,
         :group_type,
         {:enum, :u16, @group_types ++ [resilient: :res]},
         "how a group chooses a member",
         values: {"NEXTHOP_GRP_TYPE_", resilient: "NEXTHOP_GRP_TYPE_RES"}

    attr 4, :blackhole, :flag, "packets are dropped"
    attr 5, :oif, :u32, "index of the outgoing link"
    attr 6, :gateway, IP, "gateway"

    attr 7, :encap_type, {:enum, :u16, @encap_types}, "type of the encapsulation",
      values: "LWTUNNEL_ENCAP_"

    attr 8, :encap, {:dispatch, :encap_type, @encaps}, "encapsulation"
    attr 9, :groups, :flag, "groups only, request only"
    attr 10, :master, :u32, "index of the link's master, request only"
    attr 11, :fdb, :flag, "a remote end of a forwarding table"
    attr 12, :res_group, {:nested, ResGroup}, "parameters of a resilient group"
    attr 13, :res_bucket, {:nested, ResBucket}, "bucket of a resilient group"

    attr 14, :op_flags, {:flags, :u32, @op_flags}, "counters to report, request only",
      values: "NHA_OP_FLAG_"

    attr 15, :group_stats, {:nested, Stats}, "counters of the members of a group"
    attr 16, :hw_stats_enable, {:bool, :u32}, "count packets in hardware"
    attr 17, :hw_stats_used, {:bool, :u32}, "packets are counted in hardware"
  end

  options(
    id: {1..0xFFFFFFFF, "id; the kernel's choice if not given"},
    protocol:
      {{:named, 0..255, Protocol.names()}, "origin of the object, `:unspec` if not given"},
    dev: {:link, "outgoing link", field: [:oif]},
    oif: {:link, "outgoing link"},
    blackhole: {:flag, "drop packets"},
    fdb: {:flag, "a remote end of a VXLAN's forwarding table, not a nexthop of routes"},
    onlink: {:bool, "the gateway is on the link, whatever the addresses of the link are"},
    type:
      {{:enum, @group_types ++ [resilient: 1]},
       "how a group chooses a member, `:mpath` if not given",
       values: {"NEXTHOP_GRP_TYPE_", resilient: "NEXTHOP_GRP_TYPE_RES"}},
    buckets: {1..0xFFFF, "number of buckets of a resilient group"},
    idle_timer:
      {0..0xFFFFFFFF, "idle time after which a bucket may move to another member, 1/100 s"},
    unbalanced_timer:
      {0..0xFFFFFFFF, "time for which a resilient group may stay out of balance, 1/100 s"},
    hw_stats: {:bool, "count packets of a group in hardware, too; from Linux 6.9"}
  )

  @type error ::
          Link.error()
          | {:unknown_option, term()}
          | {:bad_option, atom(), term()}
          | {:bad_address, String.t()}
          | {:family_mismatch, {IP.family(), IP.family()}}

  @typedoc "`:ok`; with `echo: true` the object after the change; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  @doc """
  Lists the nexthop objects of the socket's namespace.

  The kernel filters by

    * `:dev` or `:oif` - a link;
    * `:master` - the bridge, bond or VRF of the link;
    * `:groups` - `true` for groups only;
    * `:family` - `:inet` or `:inet6`;

  and the library by

    * `:fdb` - `true` for those of forwarding tables only;
    * `:protocol` - a number or name.

  With `stats: true`, groups have their counters in `group_stats` (from Linux 6.9). Further options
  are those of `Linx.Netlink.Request`.
  """
  @spec list(Link.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []), do: Query.list(sock, opts)

  @doc """
  Gets the nexthop object with an id; `:enoent` if there is none.

  With `stats: true` a group has its counters in `group_stats` (from Linux 6.9). Takes the option
  `:timeout`. An id outside of 1 to 4294967295 is `{:bad_option, :id, value}`.
  """
  @spec get(Link.target(), pos_integer(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(sock, id, opts \\ []), do: Query.get(sock, id, opts)

  @doc """
  Lists the buckets of resilient groups, each in `res_bucket` of a struct.

  The kernel filters by `:id`, a group, `:nh_id`, a member, and by `:dev` or `:oif` and
  `:master` as for `list/2`. Further options are those of `Linx.Netlink.Request`.
  """
  @spec buckets(Link.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def buckets(sock, opts \\ []), do: Query.buckets(sock, opts)

  @doc """
  Gets the bucket `index`, counted from 0, of the resilient group `id`, in `res_bucket`; `:enoent`
  if there is no such group or bucket. Takes the option `:timeout`.
  """
  @spec bucket(Link.target(), pos_integer(), 0..0xFFFF, keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def bucket(sock, id, index, opts \\ []), do: Query.bucket(sock, id, index, opts)

  @doc """
  Adds a nexthop object.

      :ok = Nexthop.add(sock, id: 3, blackhole: true)
      :ok = Nexthop.delete(sock, nexthop)
      :ok = Nexthop.add(sock, nexthop)
      {:ok, %Nexthop{id: id}} = Nexthop.add(sock, gateway: "10.0.0.1", dev: "eth0", echo: true)
      :ok = Nexthop.add(sock, id: 11, group: [1, 2], type: :resilient, buckets: 32)

  `add/2`, `replace/2` and `delete/2` also take an object that was read, such as one of `list/2`.
  Read-only fields are left out.
  """
  @spec add(Link.target(), keyword() | t()) :: done()
  def add(sock, %__MODULE__{} = nexthop), do: add(sock, nexthop, [])
  def add(sock, opts), do: write(sock, nlm_f_create() ||| nlm_f_excl(), opts)

  @doc """
  Adds a nexthop object that was read, as `add/2` does, with the options `:echo` and `:timeout`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  def add(sock, %__MODULE__{} = nexthop, opts),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_excl(), nexthop, opts)

  @doc """
  Adds a nexthop object, or changes the one with this id for all routes and groups that use it.

  The kernel refuses to make a group of a single nexthop or the reverse, and to change the type of a
  group.
  """
  @spec replace(Link.target(), keyword() | t()) :: done()
  def replace(sock, %__MODULE__{} = nexthop), do: replace(sock, nexthop, [])
  def replace(sock, opts), do: write(sock, nlm_f_create() ||| nlm_f_replace(), opts)

  @doc """
  Adds or changes a nexthop object that was read, as `replace/2` does; options as for `add/3`.
  """
  @spec replace(Link.target(), t(), keyword()) :: done()
  def replace(sock, %__MODULE__{} = nexthop, opts),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_replace(), nexthop, opts)

  @doc """
  Deletes a nexthop object, by its id or as one that was read, and the routes that use it. Groups
  lose the member. Takes the option `:timeout`.
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
  Deletes the nexthop objects that `list/2` gives for the same options, with the routes that use
  them, and returns the number of objects. Without filters all are deleted.
  """
  @spec flush(Link.target(), keyword()) :: {:ok, non_neg_integer()} | {:error, error()}
  def flush(sock, opts \\ []) do
    with {:ok, nexthops} <- list(sock, opts) do
      requests = Enum.map(nexthops, &Requests.delete/1)
      # Groups go with their last member.
      Flush.run(sock, @rtm_delnexthop, requests, [gone: [:enoent]], opts)
    end
  end

  defp write_whole(sock, flags, nexthop, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: Request.run(sock, @rtm_newnexthop, flags, Requests.create(nexthop), request)
  end

  defp write(sock, flags, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, draft} <- Nexthop.Options.cast(opts),
         {:ok, nexthop} <- Nexthop.Options.resolve(draft, sock, request) do
      Request.run(sock, @rtm_newnexthop, flags, nexthop, request)
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

defmodule Linx.Netlink.Rtnl.Tc.Filter do
  @moduledoc """
  Filter of traffic: classifies packets, and runs actions on them.

  Kernel side: `RTM_NEWTFILTER`, `struct tcmsg` and the `TCA_*` attributes of
  `include/uapi/linux/rtnetlink.h`.

      :ok = Qdisc.add(sock, "eth0", :clsact)
      :ok = Filter.add(sock, "eth0", :matchall, parent: :ingress, prio: 10, actions: [gact: [action: :drop]])
      {:ok, filters} = Filter.list(sock, "eth0", parent: :ingress)
      :ok = Filter.delete(sock, "eth0", parent: :ingress, prio: 10)

  `kind` selects the struct of `options`; options of a kind without a struct are a binary, as the kernel sent
  them. `handle` and `parent` are numbers; `prio/1` and `protocol/1` give what `info` holds, `stats/1` the counters. The kernel
  lists each priority of a chain twice, first as a filter with handle 0 and without options.

  | kind | struct |
  |---|---|
  | `:flower` | `Linx.Netlink.Rtnl.Tc.Filter.Flower` |
  | `:matchall` | `Linx.Netlink.Rtnl.Tc.Filter.Matchall` |
  | `:u32` | `Linx.Netlink.Rtnl.Tc.Filter.U32` |
  | `:fw` | `Linx.Netlink.Rtnl.Tc.Filter.Fw` |
  | `:bpf` | `Linx.Netlink.Rtnl.Tc.Filter.Bpf` |
  | `:route` | `Linx.Netlink.Rtnl.Tc.Filter.Route` |
  | `:basic` | `Linx.Netlink.Rtnl.Tc.Filter.Basic` |
  | `:cgroup` | `Linx.Netlink.Rtnl.Tc.Filter.Cgroup` |
  | `:flow` | `Linx.Netlink.Rtnl.Tc.Filter.Flow` |

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the user namespace of the socket's
  namespace. The kernel loads the module of a kind.

  ## Options of each kind

    * `:parent` - `:ingress` or `:egress` of a `:clsact` qdisc, `:ingress` also for an `:ingress` qdisc; the
      handle of a classful qdisc or of a class; `:root`, the root qdisc, if not given;
    * `:block` - number of a shared block in place of a parent. The link is `nil`. In the list of a link whose
      qdisc has a shared block, `ifindex` is -1 and `parent` is the block;
    * `:chain` - number of the chain, 0 if not given;
    * `:prio` - priority, 1 to 65535: filters run in this order. The kernel's choice if not given where a
      filter is added;
    * `:protocol` - protocol of the packets: `:all`, `:ip`, `:ipv6`, `:arp`, `:"802.1q"`, `:"802.1ad"`,
      `:mpls_uc`, `:mpls_mc`, `:ppp_ses`, `:cfm` or the number of an EtherType; all, if not given;
    * `:handle` - number of the filter in its priority, also as text: `"0x10"`, `"800::1"` for `:u32`. The
      kernel's choice if not given where a filter is added;
    * `:actions` - what happens to the packets that match: a list of up to 32 `{kind, opts}`, with the kinds and
      options of `Linx.Netlink.Rtnl.Tc.Action`, or shared actions that were read;
    * `:estimator` - `{interval, average}`, such as `{"1s", "8s"}`, as of `Linx.Netlink.Rtnl.Tc.Qdisc`: the rate
      of each action of the filter is measured, and its `stats.rate_est` has it; `:avrate` of an action of the
      kind `:police` needs it;
    * `:echo` - `true` to get the filter that was made or changed: `{:ok, filter}`, with the priority and the
      handle that the kernel chose; of a new filter of the kind `:matchall` the kernel reports the priority alone;
    * `:timeout` of `Linx.Netlink.Request`.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eexist` if the filter exists, `:enoent` for an
      unknown filter or kind, `:einval` for an unknown parent or block, `:enodev` for an unknown link;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`, before anything is sent;
    * those of `Linx.Netlink.Rtnl.Link` for a link that is given by its name;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :filter,
    plural: :filters,
    event: :tfilter,
    messages: [new: 44, del: 45, get: 46],
    groups: [4],
    optional: true,
    key: [:ifindex, :parent, :chain, :info, :handle],
    tracked?: &__MODULE__.single?/1,
    # The deletion of a priority or a chain has handle 0, and so has an addition of the kind `matchall`
    # (`mall_change`).
    whole?: &__MODULE__.single?/2,
    list: &Linx.Netlink.Rtnl.Tc.All.filters/1,
    default: false,
    # The links of actions such as `:mirred` as well.
    ifindex: [:ifindex, [:options, :act, :options, :parms, :ifindex]],
    tree: &__MODULE__.Desired.tree/1,
    gone: [:enoent, :enodev],
    identity: &__MODULE__.Desired.identity/1,
    owner: :applied,
    owner_key: &__MODULE__.Desired.key/1,
    desired: __MODULE__.Desired

  import Bitwise, only: [>>>: 2]

  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Rtnl.{Link, Tc}
  alias __MODULE__.{Body, Kinds}

  codec prefix: "TCA_" do
    header Tc.Header
    attr 1, :kind, :string, "kind, such as `\"flower\"`"
    attr 2, :options, {:dispatch, :kind, Kinds}, "options of the kind"
    attr 5, :rate, Tc.Estimator, "estimator of the rate of each action, request only"
    attr 7, :stats2, {:nested, Tc.Stats}, "counters", c: "TCA_STATS2", volatile: true
    attr 11, :chain, :u32, "number of the chain"
    attr 15, :dump_flags, :bitfield32, "extent of a list, request only"
    attr 16, :ext_warn_msg, :string, "warning of the kernel"
  end

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newtfilter 44
  @rtm_deltfilter 45
  @rtm_gettfilter 46

  # ETH_P_ALL of include/uapi/linux/if_ether.h.
  @all 3

  # TCA_DUMP_FLAGS_TERSE of include/uapi/linux/rtnetlink.h.
  @terse {1, 1}

  @typedoc "A kind, by its name."
  @type kind :: atom() | String.t()

  @type error :: Link.error() | Options.reason()

  @typedoc "`:ok`; with `echo: true` the filter as the kernel made it; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  @doc """
  Lists the filters of a place: those of all chains, priorities and protocols, or of those given. With a
  link that has no such parent, the list is empty.

  The kernel filters by `:parent` or `:block`, `:chain`, `:prio` and `:protocol`; the library by `:handle` and
  `:kind`. With `terse: true` the kernel leaves the keys and the parameters of actions out. Further options
  are those of `Linx.Netlink.Request`.
  """
  @spec list(Link.target(), Link.ref() | nil, keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(target, link, opts \\ []) do
    rows = Tc.Place.filter() ++ [kind: :kind, terse: :flag]

    with {:ok, request, fields, given} <- Tc.Place.read(target, link, opts, :dump, rows),
         query = struct!(%__MODULE__{dump_flags: if(given[:terse], do: @terse)}, fields),
         {:ok, filters} <- Request.dump(target, @rtm_gettfilter, %{query | handle: 0}, request),
         do: {:ok, Enum.filter(filters, &wanted?(&1, given))}
  end

  defp wanted?(filter, given) do
    Enum.all?([:handle, :kind], &(given[&1] == nil or Map.fetch!(filter, &1) == given[&1]))
  end

  @doc """
  Gets the filter with `:prio` and `:handle`, both required; `:enoent` if there is none.

      {:ok, filter} = Filter.get(sock, "eth0", parent: :ingress, prio: 10, handle: 1)
  """
  @spec get(Link.target(), Link.ref() | nil, keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error() | :no_reply}
  def get(target, link, opts) do
    rows = required(Tc.Place.filter(), [:prio, :handle])
    Tc.Place.fetch(target, @rtm_gettfilter, %__MODULE__{}, link, opts, rows)
  end

  @doc """
  Adds a filter; `:eexist` if there is one with its priority and handle.

      :ok = Filter.add(sock, nil, :matchall, block: 21, prio: 5, classid: "1:10")
  """
  @spec add(Link.target(), Link.ref() | nil, kind(), keyword()) :: done()
  def add(target, link, kind, opts \\ []), do: write(target, :add, link, kind, opts)

  @doc """
  Adds a filter, in place of the one with its priority and handle.
  """
  @spec replace(Link.target(), Link.ref() | nil, kind(), keyword()) :: done()
  def replace(target, link, kind, opts \\ []), do: write(target, :replace, link, kind, opts)

  @doc """
  Changes the filter with `:prio` and `:handle`. Kinds replace all that a filter matches.
  """
  @spec change(Link.target(), Link.ref() | nil, kind(), keyword()) :: done()
  def change(target, link, kind, opts \\ []), do: write(target, :change, link, kind, opts)

  defp write(target, verb, link, kind, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, filter} <- build(link, kind, opts, Tc.Kind.lookup(target, request)),
         do: Request.run(target, @rtm_newtfilter, Tc.Change.flags(verb), filter, request)
  end

  @doc false
  # The filter of a request to add it.
  @spec build(Link.ref() | nil, kind(), keyword(), Tc.Kind.lookup()) ::
          {:ok, t()} | {:error, error()}
  def build(link, kind, opts, lookup) do
    rows = [estimator: {Tc.Estimator.type(), "", field: [:rate]}] ++ Tc.Place.filter()

    with {:ok, kind} <- Options.Type.check(:kind, :kind, kind),
         {place, opts} = Options.split_keys(opts, Keyword.keys(rows)),
         {:ok, place} <- Options.cast(rows, place),
         place = Map.put_new(place, :protocol, @all),
         {:ok, options} <- Body.new(kind, opts, place, lookup),
         {:ok, fields} <- Tc.Place.locate(link, Body.place(place, options), lookup),
         do: {:ok, struct!(%__MODULE__{kind: kind, options: options, rate: place[:rate]}, fields)}
  end

  @doc """
  Deletes the filter with `:prio`, which is required, and `:handle`; without `:handle` all of this priority.
  With `:protocol` or `:kind` the kernel refuses one of another protocol or kind with `:einval`.
  """
  @spec delete(Link.target(), Link.ref() | nil, keyword()) :: done()
  def delete(target, link, opts) do
    rows = required([kind: :kind] ++ Tc.Place.filter(), [:prio])
    Tc.Place.run(target, @rtm_deltfilter, %__MODULE__{}, link, opts, rows)
  end

  @doc """
  Deletes all filters of a chain: `:chain`, 0 if not given, of `:parent` or `:block`.

      :ok = Filter.flush(sock, "eth0", parent: :ingress)
  """
  @spec flush(Link.target(), Link.ref() | nil, keyword()) :: done()
  def flush(target, link, opts \\ []),
    do: Tc.Place.run(target, @rtm_deltfilter, %__MODULE__{}, link, opts, Tc.Place.chain())

  defp required(rows, keys) do
    for {key, type} <- rows,
        do: if(key in keys, do: {key, {type, "", required: true}}, else: {key, type})
  end

  @doc """
  The priority.

      iex> Linx.Netlink.Rtnl.Tc.Filter.prio(%Linx.Netlink.Rtnl.Tc.Filter{info: 0x000A_0300})
      10
  """
  @spec prio(t()) :: 0..0xFFFF
  def prio(%__MODULE__{info: info}), do: info >>> 16

  @doc """
  The protocol: its name, or the number of an EtherType without a name.

      iex> alias Linx.Netlink.Rtnl.Tc.Filter
      iex> {<<protocol::native-16>>, <<other::native-16>>} = {<<0x0800::16>>, <<0x88F7::16>>}
      iex> {Filter.protocol(%Filter{info: protocol}), Filter.protocol(%Filter{info: other})}
      {:ip, 0x88F7}
  """
  @spec protocol(t()) :: atom() | 0..0xFFFF
  def protocol(%__MODULE__{info: info}), do: Tc.EtherType.of_info(info)

  @doc """
  The counters of a filter: those of its first action, which sees all packets that match. `nil` for a filter without
  actions.

      iex> alias Linx.Netlink.Rtnl.Tc.{Action, Filter, Stats}
      iex> action = %Action.Entry{stats: %Stats{pkt64: 7}}
      iex> Stats.packets(Filter.stats(%Filter{options: %Filter.Flower{act: [action]}}))
      7
      iex> Filter.stats(%Filter{options: %Filter.Flower{}})
      nil
  """
  @spec stats(t()) :: Tc.Stats.t() | nil
  def stats(%__MODULE__{options: %{act: [%{stats: stats} | _]}}), do: stats
  def stats(%__MODULE__{}), do: nil

  @doc false
  # Whether a struct is one filter, not a priority.
  @spec single?(:new | :del, t()) :: boolean()
  def single?(_op \\ :new, %__MODULE__{handle: handle}), do: handle != 0
end

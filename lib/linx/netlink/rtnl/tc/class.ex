defmodule Linx.Netlink.Rtnl.Tc.Class do
  @moduledoc """
  Class of a classful qdisc.

  Kernel side: `RTM_NEWTCLASS`, `struct tcmsg` and the `TCA_*` attributes of
  `include/uapi/linux/rtnetlink.h`.

      :ok = Qdisc.add(sock, "eth0", :htb, handle: "1:")
      :ok = Class.add(sock, "eth0", :htb, parent: "1:", classid: "1:10", rate: "20mbit", ceil: "50mbit")
      {:ok, [class]} = Class.list(sock, "eth0")
      class.stats2.basic.packets

  `kind` is that of the qdisc, and selects the struct of `options` and of `xstats`. `handle` is the class id,
  a number, as `parent`: `Linx.Netlink.Rtnl.Tc.handle/1` gives their text. `info` is the handle of the qdisc
  within the class.

  | kind | struct |
  |---|---|
  | `:htb` | `Linx.Netlink.Rtnl.Tc.Class.Htb` |
  | `:hfsc` | `Linx.Netlink.Rtnl.Tc.Class.Hfsc` |
  | `:drr` | `Linx.Netlink.Rtnl.Tc.Class.Drr` |
  | `:qfq` | `Linx.Netlink.Rtnl.Tc.Class.Qfq` |
  | `:ets` | `Linx.Netlink.Rtnl.Tc.Class.Ets` |

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the user namespace of the socket's
  namespace.

  ## Options of each kind

    * `:parent` - the qdisc, such as `"1:"`, or another class, required where a class is added;
    * `:classid` - class id, such as `"1:10"`; the kernel chooses none, and `:htb` and `:hfsc` refuse a class
      without with `:einval`;
    * `:estimator` - `{interval, average}`, such as `{"1s", "8s"}`: the rate is measured in each interval, of
      250 ms to 8 s, and averaged over that time; `stats2.rate_est` has it;
    * `:echo` - `true` to get the class that was made or changed: `{:ok, class}`;
    * `:timeout` of `Linx.Netlink.Request`.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eexist` if the class exists, `:enoent` if it or its
      parent does not, `:ebusy` for the deletion of a class in use;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`, before anything is sent;
    * those of `Linx.Netlink.Rtnl.Link` for a link that is given by its name;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :class,
    plural: :classes,
    event: :tclass,
    messages: [new: 40, del: 41, get: 42],
    groups: [4],
    optional: true,
    key: [:ifindex, :handle],
    tracked?: &__MODULE__.configured?/1,
    list: &Linx.Netlink.Rtnl.Tc.All.classes/1,
    default: false,
    ifindex: [:ifindex],
    tree: &__MODULE__.Desired.tree/1,
    gone: [:enoent, :enodev],
    identity: &__MODULE__.Desired.identity/1,
    owner: :applied,
    desired: __MODULE__.Desired

  alias Linx.Netlink.{Batch, Message, Options}
  alias Linx.Netlink.Rtnl.{Link, Tc}
  alias __MODULE__.Kinds

  codec prefix: "TCA_" do
    header Tc.Header
    attr 1, :kind, :string, "kind, such as `\"htb\"`"
    attr 2, :options, {:dispatch, :kind, Kinds}, "options of the kind"
    attr 4, :xstats, {:dispatch, :kind, Tc.Xstats}, "counters of the kind", volatile: true
    attr 5, :rate, Tc.Estimator, "estimator of the rate, request only"
    attr 7, :stats2, {:nested, Tc.Stats}, "counters", c: "TCA_STATS2", volatile: true
    attr 16, :ext_warn_msg, :string, "warning of the kernel"
  end

  @rtm_newtclass 40
  @rtm_deltclass 41
  @rtm_gettclass 42

  @place [
    parent: Tc.Units.handle(),
    classid: {Tc.Units.handle(), "", field: [:handle]},
    estimator: {Tc.Estimator.type(), "", field: [:rate]}
  ]

  @typedoc "A kind, by its name."
  @type kind :: atom() | String.t()

  @type error :: Link.error() | Options.reason()

  @typedoc "`:ok`; with `echo: true` the class as the kernel made it; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  @doc """
  Lists the classes of a link.

  The library filters by `:parent`, `:handle` and `:kind`. Further options are those of
  `Linx.Netlink.Request`.
  """
  @spec list(Link.target(), Link.ref(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(target, link, opts \\ []),
    do: Tc.Query.list(target, %__MODULE__{}, @rtm_gettclass, {:link, link}, opts)

  @doc """
  Gets a class of a link by its class id, such as `"1:10"`; `:enoent` if there is none. Takes `:timeout`.
  """
  @spec get(Link.target(), Link.ref(), Tc.handle(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(target, link, classid, opts \\ []),
    do: Tc.Query.get(target, opts, &list(&1, link, [handle: classid] ++ &2))

  @doc """
  Adds a class; `:eexist` if it exists.
  """
  @spec add(Link.target(), Link.ref(), kind(), keyword()) :: done()
  def add(target, link, kind, opts \\ []), do: write(target, :add, link, kind, opts)

  @doc """
  Adds a class, or changes the one with this class id.
  """
  @spec replace(Link.target(), Link.ref(), kind(), keyword()) :: done()
  def replace(target, link, kind, opts \\ []), do: write(target, :replace, link, kind, opts)

  @doc """
  Changes a class.
  """
  @spec change(Link.target(), Link.ref(), kind(), keyword()) :: done()
  def change(target, link, kind, opts \\ []), do: write(target, :change, link, kind, opts)

  defp write(target, verb, link, kind, opts),
    do: Tc.Change.write(target, @rtm_newtclass, verb, objects(), {link, kind}, opts)

  @doc false
  # The class of a request to add it.
  @spec build(Link.ref(), kind(), keyword(), Tc.Kind.lookup()) :: {:ok, t()} | {:error, error()}
  def build(link, kind, opts, lookup),
    do: Tc.Change.build(objects(), {link, kind}, opts, lookup)

  @doc """
  Deletes the class with `:classid`. Takes `:parent` and `:timeout`.
  """
  @spec delete(Link.target(), Link.ref(), keyword()) :: done()
  def delete(target, link, opts),
    do: Tc.Change.delete(target, @rtm_deltclass, objects(), link, opts)

  defp objects,
    do: %{struct: %__MODULE__{}, kinds: Kinds, place: @place, defaults: fn _kind -> [] end}

  # Classes that the qdisc makes of flows of packets.
  @flows ["cake", "fq_codel", "fq_pie", "sfq"]

  @doc false
  # Whether a class is there until it is deleted.
  @spec configured?(t()) :: boolean()
  def configured?(%__MODULE__{kind: kind}), do: kind not in @flows
end

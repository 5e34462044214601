defmodule Linx.Netlink.Rtnl.Tc.Qdisc do
  @moduledoc """
  Queueing discipline of a link.

  Kernel side: `RTM_NEWQDISC`, `struct tcmsg` and the `TCA_*` attributes of
  `include/uapi/linux/rtnetlink.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      :ok = Qdisc.add(sock, "eth0", :tbf, rate: "10mbit", burst: "32k", latency: "50ms")
      {:ok, [qdisc]} = Qdisc.list(sock, link: "eth0")
      qdisc.options.rate
      #=> 1_250_000

      :ok = Qdisc.replace(sock, "eth0", :fq_codel, target: "5ms", ecn: true)
      :ok = Qdisc.delete(sock, "eth0")

  `kind` selects the struct of `options`, and of `xstats`, the counters of the kind, which are in `stats2.app`
  as well; some kinds have them there alone. Options of a kind without a struct are a binary, as the kernel sent them, `nil` if there are none. `handle` and `parent` are
  numbers: `Linx.Netlink.Rtnl.Tc.handle/1` gives their text. `info` is the number of references.

  | kind | struct |
  |---|---|
  | `:pfifo`, `:bfifo`, `:pfifo_head_drop` | `Linx.Netlink.Rtnl.Tc.Qdisc.Fifo` |
  | `:prio`, `:pfifo_fast` | `Linx.Netlink.Rtnl.Tc.Qdisc.Prio` |
  | `:dualpi2` | `Linx.Netlink.Rtnl.Tc.Qdisc.Dualpi2` |
  | `:tbf` | `Linx.Netlink.Rtnl.Tc.Qdisc.Tbf` |
  | `:htb` | `Linx.Netlink.Rtnl.Tc.Qdisc.Htb` |
  | `:hfsc` | `Linx.Netlink.Rtnl.Tc.Qdisc.Hfsc` |
  | `:ets` | `Linx.Netlink.Rtnl.Tc.Qdisc.Ets` |
  | `:multiq` | `Linx.Netlink.Rtnl.Tc.Qdisc.Multiq` |
  | `:mqprio` | `Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio` |
  | `:taprio` | `Linx.Netlink.Rtnl.Tc.Qdisc.Taprio` |
  | `:etf` | `Linx.Netlink.Rtnl.Tc.Qdisc.Etf` |
  | `:cbs` | `Linx.Netlink.Rtnl.Tc.Qdisc.Cbs` |
  | `:fq` | `Linx.Netlink.Rtnl.Tc.Qdisc.Fq` |
  | `:fq_codel` | `Linx.Netlink.Rtnl.Tc.Qdisc.FqCodel` |
  | `:netem` | `Linx.Netlink.Rtnl.Tc.Qdisc.Netem` |
  | `:codel` | `Linx.Netlink.Rtnl.Tc.Qdisc.Codel` |
  | `:sfq` | `Linx.Netlink.Rtnl.Tc.Qdisc.Sfq` |
  | `:red` | `Linx.Netlink.Rtnl.Tc.Qdisc.Red` |
  | `:gred` | `Linx.Netlink.Rtnl.Tc.Qdisc.Gred` |
  | `:choke` | `Linx.Netlink.Rtnl.Tc.Qdisc.Choke` |
  | `:sfb` | `Linx.Netlink.Rtnl.Tc.Qdisc.Sfb` |
  | `:pie` | `Linx.Netlink.Rtnl.Tc.Qdisc.Pie` |
  | `:fq_pie` | `Linx.Netlink.Rtnl.Tc.Qdisc.FqPie` |
  | `:hhf` | `Linx.Netlink.Rtnl.Tc.Qdisc.Hhf` |
  | `:skbprio` | `Linx.Netlink.Rtnl.Tc.Qdisc.Skbprio` |
  | `:plug` | `Linx.Netlink.Rtnl.Tc.Qdisc.Plug` |
  | `:cake`, `:cake_mq` | `Linx.Netlink.Rtnl.Tc.Qdisc.Cake` |
  | `:ingress`, `:clsact`, `:noqueue`, `:mq`, `:drr`, `:qfq` and others | no options |

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the user namespace of the socket's
  namespace. The kernel loads the module of a kind.

  ## Options of each kind

    * `:parent` - place of the qdisc: `:root` if not given, `:ingress` for the kinds `:ingress` and
      `:clsact`; a class, such as `"1:10"`;
    * `:handle` - handle, such as `"1:"`, with a minor number of 0; the kernel's choice if not given;
    * `:ingress_block`, `:egress_block` - number of a shared block of filters, from 1 on;
    * `:stab` - size table, a keyword list with the options of `Linx.Netlink.Rtnl.Tc.Stab`;
    * `:estimator` - `{interval, average}`, such as `{"1s", "8s"}`: the rate is measured in each interval, of
      250 ms to 8 s, and averaged over that time; `stats2.rate_est` has it;
    * `:echo` - `true` to get the qdisc that was made or changed: `{:ok, qdisc}`;
    * `:timeout` of `Linx.Netlink.Request`.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eexist` if the place is taken, `:enoent` for an
      unknown kind, parent or handle, `:enodev` for an unknown link;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`, before anything is sent;
    * those of `Linx.Netlink.Rtnl.Link` for a link that is given by its name;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :qdisc,
    plural: :qdiscs,
    messages: [new: 36, del: 37, get: 38],
    groups: [4],
    optional: true,
    key: [:ifindex, :parent, :handle],
    default: false,
    ifindex: [:ifindex],
    tree: &__MODULE__.Desired.tree/1,
    gone: [:enoent, :enodev],
    identity: &__MODULE__.Desired.identity/1,
    owner: :applied,
    owner_key: &__MODULE__.Desired.place/1,
    desired: __MODULE__.Desired

  alias Linx.Netlink.{Batch, Message, Options}
  alias Linx.Netlink.Rtnl.{Link, Tc}
  alias __MODULE__.Kinds

  codec prefix: "TCA_" do
    header Tc.Header
    attr 1, :kind, :string, "kind, such as `\"fq_codel\"`"
    attr 2, :options, {:dispatch, :kind, Kinds}, "options of the kind"
    attr 4, :xstats, {:dispatch, :kind, Tc.Xstats}, "counters of the kind", volatile: true
    attr 5, :rate, Tc.Estimator, "estimator of the rate, request only"
    attr 7, :stats2, {:nested, Tc.Stats}, "counters", c: "TCA_STATS2", volatile: true
    attr 8, :stab, Tc.Stab, "size table"
    attr 10, :dump_invisible, :flag, "list qdiscs that the kernel hides, request only"
    attr 12, :hw_offload, {:bool, :u8}, "the hardware does the work"
    attr 13, :ingress_block, :u32, "shared block of filters for received packets"
    attr 14, :egress_block, :u32, "shared block of filters for sent packets"
    attr 16, :ext_warn_msg, :string, "warning of the kernel", c: "TCA_EXT_WARN_MSG"
  end

  @typedoc "A kind, by its name."
  @type kind :: atom() | String.t()

  @type error :: Link.error() | Options.reason()

  @typedoc "`:ok`; with `echo: true` the qdisc as the kernel made it; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  @rtm_newqdisc 36
  @rtm_delqdisc 37
  @rtm_getqdisc 38

  # TC_H_ROOT, TC_H_INGRESS of include/uapi/linux/pkt_sched.h; the kernel takes no other handle of the
  # latter.
  @root 0xFFFFFFFF
  @ingress [parent: 0xFFFFFFF1, handle: 0xFFFF0000]

  @place [
    parent: Tc.Units.handle(),
    handle: Tc.Units.major(),
    ingress_block: 1..0xFFFFFFFF,
    egress_block: 1..0xFFFFFFFF,
    stab: {:check, &Tc.Stab.cast/1},
    estimator: {Tc.Estimator.type(), "", field: [:rate]}
  ]

  @doc """
  Lists the qdiscs of the socket's namespace.

  The library filters by `:link`, name or index, `:parent`, `:handle` and `:kind`. With `invisible: true`
  the default qdiscs, which the kernel hides, are listed as well. Further options are those of
  `Linx.Netlink.Request`.
  """
  @spec list(Link.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(target, opts \\ []),
    do: Tc.Query.list(target, %__MODULE__{}, @rtm_getqdisc, :all, opts)

  @doc """
  Gets a qdisc of a link by its handle, such as `"1:"`, or with `nil` that in the place `:root`; `:enoent` if
  there is none. Takes `:timeout`.
  """
  @spec get(Link.target(), Link.ref(), Tc.handle() | nil, keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(target, link, handle, opts \\ []) do
    place = if handle == nil, do: [parent: :root], else: [handle: handle]
    Tc.Query.get(target, opts, &list(&1, [link: link, invisible: true] ++ place ++ &2))
  end

  @doc """
  Adds a qdisc; `:eexist` if there is one in its place that was added.

      :ok = Qdisc.add(sock, "eth0", :prio, handle: "1:", bands: 4)
  """
  @spec add(Link.target(), Link.ref(), kind(), keyword()) :: done()
  def add(target, link, kind, opts \\ []), do: write(target, :add, link, kind, opts)

  @doc """
  Adds a qdisc in the place of another one. One of the same kind and handle is changed.
  """
  @spec replace(Link.target(), Link.ref(), kind(), keyword()) :: done()
  def replace(target, link, kind, opts \\ []), do: write(target, :replace, link, kind, opts)

  @doc """
  Changes a qdisc: options that are not given stay as they are, where the kind can do that.
  """
  @spec change(Link.target(), Link.ref(), kind(), keyword()) :: done()
  def change(target, link, kind, opts \\ []), do: write(target, :change, link, kind, opts)

  defp write(target, verb, link, kind, opts),
    do: Tc.Change.write(target, @rtm_newqdisc, verb, objects(), {link, kind}, opts)

  @doc false
  # The qdisc of a request to add it.
  @spec build(Link.ref(), kind(), keyword(), Tc.Kind.lookup()) :: {:ok, t()} | {:error, error()}
  def build(link, kind, opts, lookup),
    do: Tc.Change.build(objects(), {link, kind}, opts, lookup)

  @doc """
  Deletes a qdisc: that in the place `:parent`, `:root` if not given, or the one with `:handle`. With `:kind`
  the kernel refuses a qdisc of another kind with `:einval`. Takes `:timeout`.
  """
  @spec delete(Link.target(), Link.ref(), keyword()) :: done()
  def delete(target, link, opts \\ []),
    do: Tc.Change.delete(target, @rtm_delqdisc, objects(), link, opts)

  defp objects,
    do: %{struct: %__MODULE__{}, kinds: Kinds, place: @place, defaults: &defaults/1}

  defp defaults(kind) when kind in ["ingress", "clsact"], do: @ingress
  defp defaults(_kind), do: [parent: @root]
end

defmodule Linx.Netlink.Rtnl.Tc.Action do
  @moduledoc """
  Shared actions: those that have an index, and are there without a filter.

  Kernel side: `RTM_NEWACTION`, `struct tcamsg` and the `TCA_ROOT_*` attributes of
  `include/uapi/linux/rtnetlink.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      :ok = Action.add(sock, :police, index: 7, rate: "10mbit", burst: "64k")
      {:ok, [action]} = Action.list(sock, :police)
      Action.Entry.control(action)
      #=> :reclassify

      :ok = Action.delete(sock, :police, 7)

  Filters share an action that they name by its kind and index. The options of the kind are required beside an index,
  and have no effect on an action that exists; in their place may be the action as it was read:

      {:ok, action} = Action.get(sock, :police, 7)
      :ok = Filter.add(sock, "eth0", :matchall, parent: :ingress, actions: [action])

  An action is a
  `Linx.Netlink.Rtnl.Tc.Action.Entry`; its `options` are a struct of the kind. The struct of this module is a
  message about actions: a notification has those of it in `tab`, an object of a view has one.

  | kind | struct |
  |---|---|
  | `:bpf` | `Linx.Netlink.Rtnl.Tc.Action.Bpf` |
  | `:connmark` | `Linx.Netlink.Rtnl.Tc.Action.Connmark` |
  | `:csum` | `Linx.Netlink.Rtnl.Tc.Action.Csum` |
  | `:ct` | `Linx.Netlink.Rtnl.Tc.Action.Ct` |
  | `:ctinfo` | `Linx.Netlink.Rtnl.Tc.Action.Ctinfo` |
  | `:gact` | `Linx.Netlink.Rtnl.Tc.Action.Gact` |
  | `:gate` | `Linx.Netlink.Rtnl.Tc.Action.Gate` |
  | `:ife` | `Linx.Netlink.Rtnl.Tc.Action.Ife` |
  | `:mirred` | `Linx.Netlink.Rtnl.Tc.Action.Mirred` |
  | `:mpls` | `Linx.Netlink.Rtnl.Tc.Action.Mpls` |
  | `:nat` | `Linx.Netlink.Rtnl.Tc.Action.Nat` |
  | `:pedit` | `Linx.Netlink.Rtnl.Tc.Action.Pedit` |
  | `:police` | `Linx.Netlink.Rtnl.Tc.Action.Police` |
  | `:sample` | `Linx.Netlink.Rtnl.Tc.Action.Sample` |
  | `:simple` | `Linx.Netlink.Rtnl.Tc.Action.Simple` |
  | `:skbedit` | `Linx.Netlink.Rtnl.Tc.Action.Skbedit` |
  | `:skbmod` | `Linx.Netlink.Rtnl.Tc.Action.Skbmod` |
  | `:tunnel_key` | `Linx.Netlink.Rtnl.Tc.Action.TunnelKey` |
  | `:vlan` | `Linx.Netlink.Rtnl.Tc.Action.Vlan` |

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the user namespace of the socket's
  namespace. The kernel loads the module of a kind.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:enoent` for an unknown kind or index, `:eexist` if the
      index is taken, `:eperm` for the deletion of an action that a filter uses;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`, before anything is sent;
    * those of `Linx.Netlink.Rtnl.Link` for a link that is given by its name;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :action,
    plural: :actions,
    messages: [new: 48, del: 49, get: 50],
    groups: [4],
    optional: true,
    key: &__MODULE__.key/1,
    # A notification may hold several actions. Those of filters come and go with these.
    whole?: false,
    hints: [groups: [4], messages: [37, 41, 44, 45, 101]],
    list: &Linx.Netlink.Rtnl.Tc.All.actions/1,
    default: false

  import Bitwise, only: [|||: 2]

  import Linx.Netlink.Constants,
    only: [nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0, nlm_f_root: 0]

  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.Kind
  alias __MODULE__.Entry

  codec prefix: "TCA_ROOT_" do
    header "struct tcamsg", prefix: "tca_" do
      field :family, :u8, "reserved"
      pad 3
    end

    attr 1, :tab, {:array, {:nested, Entry}}, "actions"
    attr 2, :flags, :bitfield32, "bit 0: a long list, bit 1: a short form of each; request only"
    attr 3, :count, :u32, "number of actions in a message of a list"
    attr 4, :time_delta, :u32, "longest time since the last use, milliseconds, request only"
    attr 5, :ext_warn_msg, :string, "warning of the kernel"
  end

  @rtm_newaction 48
  @rtm_delaction 49
  @rtm_getaction 50

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  # TCA_ACT_FLAG_LARGE_DUMP_ON, TCA_ACT_FLAG_TERSE_DUMP of include/uapi/linux/rtnetlink.h.
  @large 1
  @terse 2

  @typedoc "A kind, by its name."
  @type kind :: atom() | String.t()

  @type error :: Link.error() | Options.reason()

  @typedoc "`:ok`; with `echo: true` the action as it is after the change; in a batch the request."
  @type done :: :ok | {:ok, Entry.t() | Message.t()} | {:error, error()}

  @doc """
  Lists the shared actions of a kind, those of filters included.

    * `:since` - only those that were used in this time, milliseconds;
    * `:terse` - `true` for `kind`, `index`, `stats` and `cookie` alone.

  Further options are those of `Linx.Netlink.Request`.
  """
  @spec list(Link.target(), kind(), keyword()) :: {:ok, [Entry.t()]} | {:error, error()}
  def list(target, kind, opts \\ []) do
    with {:ok, kind} <- Options.Type.check(:kind, :kind, kind),
         {:ok, request, given} <-
           Options.read(opts, :dump, @netlink_route, since: 0..0xFFFFFFFF, terse: :boolean),
         flags = if(given[:terse], do: @large ||| @terse, else: @large),
         query = %{
           message(%Entry{kind: kind})
           | flags: {flags, flags},
             time_delta: given[:since]
         },
         {:ok, messages} <- Request.dump(target, @rtm_getaction, query, request),
         do: {:ok, Enum.flat_map(messages, &(&1.tab || []))}
  end

  @doc """
  Gets the action of a kind with an index; `:enoent` if there is none. Takes `:timeout`.
  """
  @spec get(Link.target(), kind(), pos_integer(), keyword()) ::
          {:ok, Entry.t() | Batch.Read.t()} | {:error, error()}
  def get(target, kind, index, opts \\ []) do
    with {:ok, entry} <- named(kind, index),
         {:ok, request, %{}} <- Options.read(opts, :get, @netlink_route, []) do
      Request.read(target, request, fn target, request ->
        first(Request.fetch(target, @rtm_getaction, message(entry), request))
      end)
    end
  end

  @doc """
  Adds an action; `:eexist` if its index is taken.

      :ok = Action.add(sock, :mirred, egress: :mirror, dev: "eth1", index: 3)
      {:ok, action} = Action.add(sock, :gact, action: :drop, echo: true)

  The options are those of `Linx.Netlink.Rtnl.Tc.Action.Entry`, those of the kind, and `:timeout` and `:echo`.
  In the place of the kind may be an action that was read, without options of its own.
  """
  @spec add(Link.target(), kind() | Entry.t(), keyword()) :: done()
  def add(target, kind, opts \\ []),
    do: write(target, nlm_f_create() ||| nlm_f_excl(), kind, opts)

  @doc """
  Adds an action, or changes the one with its index for all filters that use it. Options as for `add/3`.
  """
  @spec replace(Link.target(), kind() | Entry.t(), keyword()) :: done()
  def replace(target, kind, opts \\ []),
    do: write(target, nlm_f_create() ||| nlm_f_replace(), kind, opts)

  defp write(target, flags, given, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, draft} <- check(given, opts),
         {:ok, entry} <- Entry.resolve(draft, Kind.lookup(target, request)),
         do: first(Request.run(target, @rtm_newaction, flags, message(entry), request))
  end

  defp check(%Entry{} = entry, opts),
    do: with({:ok, %{}} <- Options.cast([], opts), do: Entry.check(entry))

  defp check(kind, opts), do: Entry.check({kind, opts})

  @doc """
  Deletes the action of a kind with an index. Takes `:timeout`.
  """
  @spec delete(Link.target(), kind(), pos_integer(), keyword()) :: done()
  def delete(target, kind, index, opts \\ []) do
    with {:ok, entry} <- named(kind, index),
         {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: Request.run(target, @rtm_delaction, 0, message(entry), request)
  end

  @doc """
  Deletes all actions of a kind; `:eperm` if a filter uses one. Takes `:timeout`.
  """
  @spec flush(Link.target(), kind(), keyword()) :: done()
  def flush(target, kind, opts \\ []) do
    with {:ok, kind} <- Options.Type.check(:kind, :kind, kind),
         {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []) do
      Request.run(target, @rtm_delaction, nlm_f_root(), message(%Entry{kind: kind}), request)
    end
  end

  defp named(kind, index) do
    with {:ok, kind} <- Options.Type.check(:kind, :kind, kind),
         {:ok, index} <- Options.Type.check(1..0xFFFFFFFF, :index, index),
         do: {:ok, %Entry{kind: kind, index: index}}
  end

  @doc false
  # Key of an object that views hold: kind and index of its one action.
  @spec key(t()) :: {String.t() | nil, non_neg_integer() | nil} | nil
  def key(%__MODULE__{tab: [%Entry{kind: kind} = entry | _]}), do: {kind, Entry.index(entry)}
  def key(%__MODULE__{}), do: nil

  defp message(entry), do: %__MODULE__{tab: [entry]}

  defp first({:ok, %__MODULE__{tab: [entry | _]}}), do: {:ok, entry}
  defp first({:ok, %__MODULE__{}}), do: {:error, :no_reply}
  defp first(other), do: other
end

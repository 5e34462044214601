defmodule Linx.Netlink.Rtnl.Tc.Chain do
  @moduledoc """
  Chain of filters.

  Kernel side: `RTM_NEWCHAIN`, `struct tcmsg` and the `TCA_*` attributes of
  `include/uapi/linux/rtnetlink.h`.

      :ok = Chain.add(sock, "eth0", parent: :ingress, chain: 7)
      {:ok, chains} = Chain.list(sock, "eth0", parent: :ingress)
      :ok = Chain.delete(sock, "eth0", parent: :ingress, chain: 7)

  The kernel makes a chain with its first filter. One that was added here stays without filters, and may have
  a template: `kind` and `options` of the filters that it takes, with the masks of all keys.

  `parent` is the handle of the qdisc: the kernel does not tell the chains of received packets from those of
  sent ones, which a view takes for one.

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the user namespace of the socket's
  namespace.

  ## Options

    * `:parent`, `:block` - place of the chain, as of `Linx.Netlink.Rtnl.Tc.Filter`;
    * `:chain` - number of the chain, 0 if not given;
    * `:timeout` of `Linx.Netlink.Request`.

  ## Errors

  Those of `Linx.Netlink.Rtnl.Tc.Filter`: `:einval` for an unknown chain, `:eexist` for one that was
  added, `:eopnotsupp` for a template of a kind that has none.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :chain,
    plural: :chains,
    messages: [new: 100, del: 101, get: 102],
    groups: [4],
    optional: true,
    key: [:ifindex, :parent, :chain],
    list: &Linx.Netlink.Rtnl.Tc.All.chains/1,
    default: false,
    ifindex: [:ifindex]

  alias Linx.Netlink.{Batch, Options, Request}
  alias Linx.Netlink.Rtnl.{Link, Tc}
  alias Linx.Netlink.Rtnl.Tc.Filter

  codec prefix: "TCA_" do
    header Tc.Header
    attr 1, :kind, :string, "kind of the template"
    attr 2, :options, {:dispatch, :kind, Filter.Kinds}, "options of the template"
    attr 11, :chain, :u32, "number of the chain"
    attr 16, :ext_warn_msg, :string, "warning of the kernel"
  end

  # ETH_P_ALL of include/uapi/linux/if_ether.h.
  @all 3

  @rtm_newchain 100
  @rtm_delchain 101
  @rtm_getchain 102

  @doc """
  Lists the chains of a place: all, or the one with `:chain`. Further options are those of
  `Linx.Netlink.Request`.
  """
  @spec list(Link.target(), Link.ref() | nil, keyword()) ::
          {:ok, [t()]} | {:error, Filter.error()}
  def list(target, link, opts \\ []) do
    with {:ok, request, fields, _given} <-
           Tc.Place.read(target, link, opts, :dump, Tc.Place.chain()),
         do: Request.dump(target, @rtm_getchain, struct!(%__MODULE__{}, fields), request)
  end

  @doc """
  Gets the chain with `:chain`, 0 if not given; `:einval` if there is none.
  """
  @spec get(Link.target(), Link.ref() | nil, keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Filter.error() | :no_reply}
  def get(target, link, opts \\ []),
    do: Tc.Place.fetch(target, @rtm_getchain, %__MODULE__{}, link, opts, Tc.Place.chain())

  @doc """
  Adds a chain. With `template: {kind, opts}` it takes only filters of this kind whose keys have the masks of
  the template's; `opts` are those of the kind, and `:protocol`.

      :ok = Chain.add(sock, "eth0", parent: :ingress, chain: 7,
              template: {:flower, protocol: :ip, dst_ip: "0.0.0.0/16"})
  """
  @spec add(Link.target(), Link.ref() | nil, keyword()) :: Filter.done()
  def add(target, link, opts \\ []) do
    rows = [template: {:check, &__MODULE__.cast_template/1}] ++ Tc.Place.chain()

    with {:ok, request, fields, given} <- Tc.Place.read(target, link, opts, :set, rows),
         {:ok, template} <- template(given[:template], target, request) do
      chain = struct!(%__MODULE__{}, fields ++ template)
      Request.run(target, @rtm_newchain, Tc.Change.flags(:add), chain, request)
    end
  end

  defp template(nil, _target, _request), do: {:ok, []}

  defp template({kind, place, opts}, target, request) do
    with {:ok, options} <- Filter.Body.new(kind, opts, place, Tc.Kind.lookup(target, request)),
         do: {:ok, [kind: kind, options: options]}
  end

  @doc false
  def cast_template({kind, opts}) do
    {place, opts} =
      if Keyword.keyword?(opts), do: Keyword.split(opts, [:protocol]), else: {[], opts}

    with {:ok, kind} <- Options.Type.check(:kind, :template, kind),
         :ok <- Options.keyword(opts),
         {:ok, place} <- Options.cast([protocol: Tc.EtherType.option()], place) do
      {:ok, {kind, Map.put_new(place, :protocol, @all), opts}}
    else
      {:error, _} -> :error
    end
  end

  def cast_template(_other), do: :error

  @doc """
  Deletes a chain with its filters.
  """
  @spec delete(Link.target(), Link.ref() | nil, keyword()) :: Filter.done()
  def delete(target, link, opts \\ []),
    do: Tc.Place.run(target, @rtm_delchain, %__MODULE__{}, link, opts, Tc.Place.chain())
end

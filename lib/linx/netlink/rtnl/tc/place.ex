defmodule Linx.Netlink.Rtnl.Tc.Place do
  @moduledoc false
  # Place of a filter or a chain: the parent on a link, or a shared block, and the chain.

  alias Linx.Netlink.{Options, Request}
  alias Linx.Netlink.Rtnl.{Link, Tc}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  # TCM_IFINDEX_MAGIC_BLOCK of include/uapi/linux/rtnetlink.h: the parent is the number of a block.
  @block -1

  # TC_H_CLSACT with TC_H_MIN_INGRESS and TC_H_MIN_EGRESS. The kernel takes 0 for the root qdisc, and
  # looks for a qdisc ffff: with TC_H_ROOT (__tcf_qdisc_find of net/sched/cls_api.c).
  @parents %{root: 0, ingress: 0xFFFFFFF2, egress: 0xFFFFFFF3}
  @texts Map.new(@parents, fn {name, number} -> {Atom.to_string(name), number} end)

  @doc "The options of the place of a chain."
  def chain do
    [
      parent: {:check, &__MODULE__.cast_parent/1},
      block: 1..0xFFFFFFFF,
      chain: 0..0xFFFFFFFF
    ]
  end

  @doc "The options of the place of a filter."
  def filter do
    chain() ++
      [
        prio: 1..0xFFFF,
        protocol: Tc.EtherType.option(),
        handle: {:check, &Tc.Filter.Handle.cast/1}
      ]
  end

  @doc false
  def cast_parent(name) when is_map_key(@parents, name), do: Map.fetch(@parents, name)
  def cast_parent(name) when is_map_key(@texts, name), do: Map.fetch(@texts, name)
  def cast_parent(handle), do: Tc.Units.cast_handle(handle)

  @doc """
  The fields of the header, and the chain, of checked options.
  """
  @spec locate(Link.ref() | nil, map(), Tc.Kind.lookup()) ::
          {:ok, keyword()} | {:error, Link.error() | Options.reason()}
  def locate(link, place, lookup) do
    with {:ok, index, parent} <- parent(link, place, lookup) do
      info = Tc.EtherType.info(place[:prio] || 0, place[:protocol] || 0)

      {:ok,
       [ifindex: index, parent: parent, info: info] ++
         Map.to_list(Map.take(place, [:chain, :handle]))}
    end
  end

  defp parent(nil, %{block: _, parent: parent}, _lookup),
    do: {:error, {:bad_option, :parent, parent}}

  defp parent(nil, %{block: block}, _lookup), do: {:ok, @block, block}
  defp parent(nil, _place, _lookup), do: {:error, {:missing_option, :block}}
  defp parent(_link, %{block: block}, _lookup), do: {:error, {:bad_option, :block, block}}

  defp parent(link, place, lookup) do
    with {:ok, index} <- lookup.(link), do: {:ok, index, place[:parent] || 0}
  end

  @doc """
  Reads the options of a request with the rows of a place and others: those of the request, the fields of
  the place, and what was given.
  """
  @spec read(Link.target(), Link.ref() | nil, keyword(), :dump | :get | :set, keyword()) ::
          {:ok, keyword(), keyword(), map()} | {:error, Link.error() | Options.reason()}
  def read(target, link, opts, verb, rows) do
    with {:ok, request, given} <- Options.read(opts, verb, @netlink_route, rows),
         {:ok, fields} <- locate(link, given, Tc.Kind.lookup(target, request)),
         do: {:ok, request, fields, given}
  end

  @doc """
  Sends a request about one object, which the place says.
  """
  @spec run(Link.target(), 0..0xFFFF, struct(), Link.ref() | nil, keyword(), keyword()) ::
          :ok | {:ok, struct()} | {:error, Link.error() | Options.reason()}
  def run(target, type, object, link, opts, rows) do
    with {:ok, request, fields, given} <- read(target, link, opts, :set, rows),
         do:
           Request.run(target, type, 0, struct!(object, [kind: given[:kind]] ++ fields), request)
  end

  @doc """
  Gets one object, which the place says.
  """
  @spec fetch(Link.target(), 0..0xFFFF, struct(), Link.ref() | nil, keyword(), keyword()) ::
          {:ok, struct()} | {:error, Link.error() | Options.reason() | :no_reply}
  def fetch(target, type, object, link, opts, rows) do
    with {:ok, request, fields, _given} <- read(target, link, opts, :get, rows),
         do: Request.fetch(target, type, struct!(object, fields), request)
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Filter.Desired do
  @moduledoc false
  # Filters of a desired state: `{link, kind, opts}` with a `:prio`, a `:handle`, and a `:parent` or, where the
  # link is `nil`, a `:block`.

  @behaviour Linx.Netlink.Resource.Desired

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Rtnl.Tc.{All, Desired, Equivalence, Filter}

  @impl true
  def cast({nil, _kind, opts} = spec, context) when is_list(opts),
    do: Desired.cast(spec, &build/4, [:prio, :block], context)

  def cast(spec, context),
    do: Desired.cast(spec, &build/4, [:prio, :parent], context)

  # The kernel reports a filter of the root qdisc with the handle of that, and chooses a handle that is not
  # given.
  defp build(link, kind, opts, lookup) do
    with {:ok, filter} <- Filter.build(link, kind, opts, lookup) do
      cond do
        filter.parent == 0 -> {:error, {:bad_option, :parent, opts[:parent]}}
        filter.handle in [nil, 0] -> {:error, {:missing_option, :handle}}
        true -> {:ok, %{filter | chain: filter.chain || 0}}
      end
    end
  end

  @doc "The identity of a filter: its place, priority and handle."
  @spec key(Filter.t()) :: tuple()
  def key(%Filter{} = filter), do: {place(filter), Filter.prio(filter), filter.handle}

  defp place(filter), do: {filter.ifindex, filter.parent, filter.chain || 0}

  @doc "The name of the qdisc or class that a filter is below."
  @spec tree(Filter.t()) :: {nil, term()}
  def tree(%Filter{ifindex: index, parent: parent}) when index > 0,
    do: Desired.tree(index, nil, parent)

  def tree(%Filter{}), do: {nil, nil}

  @doc "The request by which the kernel finds a filter."
  @spec identity(Filter.t()) :: Filter.t()
  # `cls_cgroup_get` finds none by its handle; there is one in a priority.
  def identity(%Filter{kind: "cgroup", handle: handle} = filter) when handle != 0,
    do: identity(%{filter | handle: 0})

  def identity(%Filter{} = filter),
    do: struct!(Filter, Map.take(filter, [:ifindex, :parent, :info, :handle, :chain, :kind]))

  # All filters of a chain or a classful qdisc of which one is desired are the pass's own. Others may have
  # filters of their own in chain 0 of received and sent packets, and of shared blocks.
  @impl true
  def owned(keys, wanted, observed) do
    wanted = MapSet.new(wanted, fn {filter, _takeover} -> place(filter) end)

    for filter <- observed,
        key = key(filter),
        MapSet.member?(keys, key) or
          (private?(filter) and not table?(filter) and MapSet.member?(wanted, place(filter))),
        into: MapSet.new(),
        do: key
  end

  # TC_H_CLSACT of include/uapi/linux/pkt_sched.h.
  defp private?(%Filter{ifindex: index, parent: parent, chain: chain}),
    do: chain not in [nil, 0] or (index > 0 and Desired.major(parent) != 0xFFFF0000)

  # A table of hashes of the kind u32, which has no number of a node.
  defp table?(%Filter{kind: kind, handle: handle}), do: kind == "u32" and (handle &&& 0xFFF) == 0

  @impl true
  def read(sock, _wanted, _context) do
    with {:ok, filters} <- All.filters(sock), do: {:ok, Enum.filter(filters, &Filter.single?/1)}
  end

  @impl true
  def equivalent?(desired, observed) do
    form(desired) == form(observed) and
      Equivalence.satisfies?(desired.options, observed.options)
  end

  # A priority of a chain has one kind and one protocol: what has others goes before a filter is created.
  @impl true
  def details(steps, observed, _context) do
    steps = Desired.details(steps, observed, &key/1, &change?/2)
    created = for {{:create, filter}, _} <- steps, into: %{}, do: {prio(filter), form(filter)}

    Enum.map(steps, fn
      {{:delete, filter} = op, nil} ->
        other? = Map.get(created, prio(filter), form(filter)) != form(filter)
        {op, if(other?, do: :replace_first)}

      step ->
        step
    end)
  end

  defp prio(filter), do: {place(filter), Filter.prio(filter)}
  defp form(filter), do: {filter.kind, filter.info}

  # `u32_change` keeps what a filter matches, `mall_change` refuses any change, and `fl_change` other masks.
  @fixed ["u32", "matchall"]

  defp change?(%{kind: "flower"} = desired, observed) do
    keys = Map.merge(desired.options, Map.take(observed.options, [:act, :classid]))
    form(desired) == form(observed) and Equivalence.satisfies?(keys, observed.options)
  end

  defp change?(desired, observed),
    do: form(desired) == form(observed) and desired.kind not in @fixed
end

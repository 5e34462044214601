defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Desired do
  @moduledoc false
  # Qdiscs of a desired state: `{link, kind}` or `{link, kind, opts}`.

  @behaviour Linx.Netlink.Resource.Desired

  alias Linx.Netlink.Rtnl.Tc.{Desired, Equivalence, Qdisc}

  @impl true
  def cast(spec, context), do: Desired.cast(spec, &Qdisc.build/4, [], context)

  @doc "The place of a qdisc."
  @spec place(Qdisc.t()) :: {integer(), 0..0xFFFFFFFF}
  def place(%Qdisc{ifindex: index, parent: parent}), do: {index, parent}

  @doc "The names of a qdisc, and of the class that it is below."
  @spec tree(Qdisc.t()) :: {term(), term()}
  def tree(%Qdisc{ifindex: index, handle: handle, parent: parent} = qdisc) do
    # The parent of a qdisc for filters alone is not a class.
    if handle == Desired.major(parent),
      do: Desired.tree(index, qdisc.handle, nil),
      else: Desired.tree(index, handle, parent)
  end

  @doc "The request by which the kernel finds a qdisc."
  @spec identity(Qdisc.t()) :: Qdisc.t()
  def identity(%Qdisc{ifindex: index, parent: parent, handle: handle}),
    do: %Qdisc{ifindex: index, parent: parent, handle: handle}

  # A default qdisc has no handle.
  @impl true
  def unowned?(%Qdisc{handle: handle}), do: handle == 0

  # A qdisc with the desired handle and kind is the pass's own.
  @impl true
  def owned(keys, wanted, observed) do
    wanted = MapSet.new(wanted, fn {qdisc, _takeover} -> named(qdisc) end)

    for qdisc <- observed,
        place = place(qdisc),
        MapSet.member?(keys, place) or
          (qdisc.handle != 0 and MapSet.member?(wanted, named(qdisc))),
        into: MapSet.new(),
        do: place
  end

  defp named(qdisc), do: {place(qdisc), qdisc.handle, qdisc.kind}

  @impl true
  def equivalent?(desired, observed) do
    desired.kind == observed.kind and desired.handle in [0, observed.handle] and
      desired.ingress_block in [nil, observed.ingress_block] and
      desired.egress_block in [nil, observed.egress_block] and
      Equivalence.satisfies?(desired.stab, observed.stab) and
      Equivalence.satisfies?(desired.options, observed.options)
  end

  @impl true
  def details(steps, observed, _context),
    do: Desired.details(steps, observed, &place/1, &change?/2)

  # Kinds without the function `change` of `struct Qdisc_ops`.
  @fixed ~w(clsact drr etf htb ingress mq mqprio noqueue pfifo_fast qfq sfq)

  # Whether the kernel makes the observed qdisc the desired one; it replaces a default qdisc.
  defp change?(desired, observed) do
    observed.handle == 0 or
      (observed.kind == desired.kind and desired.kind not in @fixed and
         desired.handle in [0, observed.handle])
  end
end

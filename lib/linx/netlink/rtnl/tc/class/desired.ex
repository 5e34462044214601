defmodule Linx.Netlink.Rtnl.Tc.Class.Desired do
  @moduledoc false
  # Classes of a desired state: `{link, kind, opts}` with a `:parent` and a `:classid`.

  @behaviour Linx.Netlink.Resource.Desired

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Resource.Verbs
  alias Linx.Netlink.Rtnl.Tc.{All, Class, Desired, Equivalence}

  # TC_H_ROOT of include/uapi/linux/pkt_sched.h: kinds report it in the place of the qdisc.
  @root 0xFFFFFFFF

  # Classes that come with their qdisc and go with it.
  @implicit ["ets"]

  @impl true
  def cast(spec, context), do: Desired.cast(spec, &Class.build/4, [:parent, :classid], context)

  @doc "The names of a class, and of the class or qdisc that it is below."
  @spec tree(Class.t()) :: {term(), term()}
  def tree(%Class{ifindex: index, handle: handle} = class),
    do: Desired.tree(index, handle, parent(class))

  defp parent(%Class{parent: @root, handle: handle}), do: Desired.major(handle)
  defp parent(%Class{parent: parent}), do: parent

  @doc "The request by which the kernel finds a class."
  @spec identity(Class.t()) :: Class.t()
  def identity(%Class{ifindex: index, handle: handle}), do: %Class{ifindex: index, handle: handle}

  @impl true
  def unowned?(%Class{kind: kind}), do: kind in @implicit

  # All classes of a qdisc of which one is desired are the pass's own.
  @impl true
  def owned(keys, wanted, observed) do
    wanted = MapSet.new(wanted, fn {class, _takeover} -> qdisc(class) end)

    for class <- observed,
        key = {class.ifindex, class.handle},
        MapSet.member?(keys, key) or
          (class.kind in (Map.keys(Class.Kinds.__table__()) -- @implicit) and
             (class.handle &&& 0xFFFF) != 0 and
             MapSet.member?(wanted, qdisc(class))),
        into: MapSet.new(),
        do: key
  end

  defp qdisc(class), do: {class.ifindex, Desired.major(class.handle)}

  @impl true
  def read(sock, _wanted, _context), do: All.classes(sock)

  @impl true
  def equivalent?(desired, observed),
    do: change?(desired, observed) and Equivalence.satisfies?(desired.options, observed.options)

  @impl true
  def details(steps, observed, _context),
    do: Desired.details(steps, observed, &{&1.ifindex, &1.handle}, &change?/2)

  defp change?(desired, observed),
    do: desired.kind == observed.kind and parent(desired) == parent(observed)

  # They are there when their qdisc is created.
  @impl true
  def execute(sock, {:create, %Class{kind: kind} = class}, _detail) when kind in @implicit,
    do: with(:ok <- Verbs.replace(sock, class), do: {:ok, class})

  def execute(_sock, {:delete, %Class{kind: kind} = class}, _detail) when kind in @implicit,
    do: {:ok, class}

  def execute(_sock, _op, _detail), do: :default
end

defmodule Linx.Netlink.Rtnl.Tc.Desired do
  @moduledoc false
  # What the qdiscs, classes and filters of a desired state have in common.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Resource.Desired

  # TC_H_ROOT and TC_H_MAJ_MASK of include/uapi/linux/pkt_sched.h.
  @root 0xFFFFFFFF
  @major 0xFFFF0000

  @doc """
  An object of a specification of a section.
  """
  @spec cast(
          term(),
          (link :: term(), kind :: term(), keyword(), (term() -> term()) ->
             {:ok, struct()} | {:error, term()}),
          [atom()],
          Desired.context()
        ) :: {:ok, struct()} | {:error, term()}
  def cast({link, kind}, build, required, context),
    do: cast({link, kind, []}, build, required, context)

  def cast({link, kind, opts}, build, required, context) when is_list(opts) do
    with :ok <- Linx.Netlink.Options.keyword(opts),
         nil <- Enum.find(required, &(not Keyword.has_key?(opts, &1))),
         {:ok, object} <- build.(link, kind, opts, &Desired.link(&1, context)) do
      {:ok, Desired.as_listed(object)}
    else
      {:error, reason} -> {:error, reason}
      key -> {:error, {:missing_option, key}}
    end
  end

  def cast(spec, _build, _required, _context), do: {:error, {:bad_spec, spec}}

  @doc """
  The steps, with those that delete an object and create another one in its place: where `change?` is
  false for both, the object has to go first, and all that is below it.
  """
  @spec details(
          [Desired.step()],
          [struct()],
          (struct() -> term()),
          (struct(), struct() -> boolean())
        ) ::
          [Desired.step()]
  def details(steps, observed, key, change?) do
    observed = Map.new(observed, &{key.(&1), &1})

    Enum.map(steps, fn
      {{:update, item}, detail} ->
        existing = Map.fetch!(observed, key.(item))

        if change?.(item, existing),
          do: {{:update, item}, detail},
          else: {{:replace, existing, item}, :recreate}

      {{:replace, existing, item} = op, detail} ->
        {op, if(change?.(item, existing), do: detail, else: :recreate)}

      step ->
        step
    end)
  end

  @doc """
  The handle of the qdisc of a class, a filter's parent or a qdisc's parent.
  """
  @spec major(0..0xFFFFFFFF) :: 0..0xFFFFFFFF
  def major(handle), do: handle &&& @major

  @doc """
  The names in the tree of a link: of an object with a handle, and of what it is below; `nil` for none.
  """
  @spec tree(integer(), 0..0xFFFFFFFF | nil, 0..0xFFFFFFFF | nil) :: {term(), term()}
  def tree(index, handle, parent), do: {name(index, handle), name(index, parent)}

  defp name(_index, handle) when handle in [nil, 0, @root], do: nil
  # TC_H_INGRESS and its minor numbers are of one qdisc.
  defp name(index, handle) when handle > @major, do: {index, @major}
  defp name(index, handle), do: {index, handle}
end

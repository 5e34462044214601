defmodule Linx.Netlink.Rtnl.View.Table do
  @moduledoc false
  # The objects of a view, where any process reads them and one writes.
  #
  # Objects are kept as `{{kind, key}, object}`, the names of links as
  # `{{:name, name}, index}`. A state is a number that grows by two: it is odd
  # while a change is being written, and a reader that saw it odd, or saw it
  # change, reads again. So a read is of one state, without a lock.

  alias Linx.Netlink.TermRegistry
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.View.Kind

  @enforce_keys [:ets, :state, :kinds]
  defstruct @enforce_keys

  @type t :: %__MODULE__{ets: :ets.tid(), state: :atomics.atomics_ref(), kinds: [Kind.t()]}

  @typedoc "What happened to an object; its old self with an update or a delete."
  @type difference ::
          {:create | :update | :delete, Kind.t(), key :: term(), struct(), struct() | nil}

  @doc """
  An empty table that belongs to the calling process, and that others find by it. The process
  has registered this module in `Linx.Netlink.TermRegistry`.
  """
  @spec new([Kind.t()]) :: t()
  def new(kinds) do
    table = %__MODULE__{
      ets: :ets.new(__MODULE__, [:ordered_set, :protected, read_concurrency: true]),
      state: :atomics.new(1, signed: false),
      kinds: kinds
    }

    :ok = TermRegistry.put(__MODULE__, table)
    table
  end

  @doc "The table of a process, if it has one."
  @spec of(pid()) :: {:ok, t()} | :error
  def of(pid), do: TermRegistry.lookup(__MODULE__, pid)

  @doc """
  Reads one state: `{:ok, result}`, or `:moving` if it changed during each of
  `tries` attempts, `:gone` if the table is.
  """
  @spec read(t(), (t() -> result), non_neg_integer()) :: {:ok, result} | :moving | :gone
        when result: term()
  def read(_table, _fun, 0), do: :moving

  def read(table, fun, tries) do
    before = :atomics.get(table.state, 1)

    with 0 <- rem(before, 2),
         result = fun.(table),
         ^before <- :atomics.get(table.state, 1) do
      {:ok, result}
    else
      _ ->
        :erlang.yield()
        read(table, fun, tries - 1)
    end
  rescue
    error in ArgumentError ->
      if :ets.info(table.ets) == :undefined, do: :gone, else: reraise(error, __STACKTRACE__)
  end

  @doc "The number of the state."
  @spec number(t()) :: non_neg_integer()
  def number(table), do: div(:atomics.get(table.state, 1), 2)

  @doc "One object, or `:error`."
  @spec fetch(t(), {atom(), term()}) :: {:ok, term()} | :error
  def fetch(table, id) do
    case :ets.lookup(table.ets, id) do
      [{_, object}] -> {:ok, object}
      [] -> :error
    end
  end

  @doc "One object, or `nil`."
  @spec get(t(), {atom(), term()}) :: term() | nil
  def get(table, id) do
    case fetch(table, id) do
      {:ok, object} -> object
      :error -> nil
    end
  end

  @doc "All objects of a kind."
  @spec objects(t(), Kind.t()) :: [struct()]
  def objects(table, kind), do: :ets.select(table.ets, [{{{kind, :_}, :"$1"}, [], [:"$1"]}])

  @doc "How many there are of a kind."
  @spec count(t(), Kind.t()) :: non_neg_integer()
  def count(table, kind), do: :ets.select_count(table.ets, [{{{kind, :_}, :_}, [], [true]}])

  @doc "Whether there is one whose key matches a pattern."
  @spec any?(t(), {Kind.t(), tuple()}) :: boolean()
  def any?(table, pattern),
    do: :ets.select(table.ets, [{{pattern, :_}, [], [true]}], 1) != :"$end_of_table"

  @doc "All keys of a kind with their objects."
  @spec entries(t(), Kind.t()) :: [{term(), struct()}]
  def entries(table, kind) do
    :ets.select(table.ets, [{{{kind, :"$1"}, :"$2"}, [], [{{:"$1", :"$2"}}]}])
  end

  @doc """
  The routes whose key matches a pattern. What is bound of it comes first, so that
  the ordered table is not searched whole.
  """
  @spec covering(t(), tuple()) :: [struct()]
  def covering(table, pattern),
    do: :ets.select(table.ets, [{{{:routes, pattern}, :"$1"}, [], [:"$1"]}])

  @doc "Makes the next state."
  @spec write(t(), [difference()]) :: :ok
  def write(%__MODULE__{ets: ets, state: state}, differences) do
    :atomics.add(state, 1, 1)
    Enum.each(differences, &put(ets, &1))
    # Names last: one that a link lost may be another's by now.
    Enum.each(differences, &name(ets, &1))
    :atomics.add(state, 1, 1)
  end

  defp put(ets, {op, kind, key, object, old}) do
    if op == :delete,
      do: :ets.delete(ets, {kind, key}),
      else: :ets.insert(ets, {{kind, key}, object})

    # Another link may have had the name since, as far as we know.
    if kind == :links and old != nil,
      do: Enum.each(names(old), &:ets.delete_object(ets, {{:name, &1}, key}))
  end

  defp name(ets, {op, :links, index, link, _old}) when op != :delete,
    do: Enum.each(names(link), &:ets.insert(ets, {{:name, &1}, index}))

  defp name(_ets, _difference), do: :ok

  defp names(link), do: [link.name | Link.alt_names(link)]
end

defmodule Linx.Netlink.Rtnl.View.Table do
  @moduledoc false
  # The objects of a view: any process reads them and one writes.
  #
  # Objects are rows `{{plural, key}, object}`, names rows `{{:name, plural, name}, key}`. The
  # state number grows by two: it is odd while a change is being written, and a reader that saw it
  # odd, or saw it change, reads again. So a read is of one state, without a lock.

  alias Linx.Netlink.{Resource, TermRegistry}

  @enforce_keys [:ets, :state, :resources]
  defstruct @enforce_keys

  @type t :: %__MODULE__{ets: :ets.tid(), state: :atomics.atomics_ref(), resources: [atom()]}

  @typedoc "A change of an object; with an update or a delete, the old object."
  @type difference ::
          {:create | :update | :delete, Resource.t(), key :: term(), struct(), struct() | nil}

  @doc """
  An empty table of the calling process, for `of/1`. The process has registered this module in
  `Linx.Netlink.TermRegistry`.
  """
  @spec new([atom()]) :: t()
  def new(resources) do
    table = %__MODULE__{
      ets: :ets.new(__MODULE__, [:ordered_set, :protected, read_concurrency: true]),
      state: :atomics.new(1, signed: false),
      resources: resources
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

  @doc "Number of the state."
  @spec number(t()) :: non_neg_integer()
  def number(table), do: div(:atomics.get(table.state, 1), 2)

  @doc "One object, or `:error`."
  @spec fetch(t(), {atom(), term()} | {:name, atom(), String.t()}) :: {:ok, term()} | :error
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

  @doc "All objects of a resource."
  @spec objects(t(), atom()) :: [struct()]
  def objects(table, plural), do: matching(table, plural, :_)

  @doc """
  The objects of a resource whose key matches a pattern. Fields that are bound in the pattern come
  first in the key, so that the ordered table is not searched whole.
  """
  @spec matching(t(), atom(), term()) :: [struct()]
  def matching(table, plural, pattern),
    do: :ets.select(table.ets, [{{{plural, pattern}, :"$1"}, [], [:"$1"]}])

  @doc "Number of objects of a resource."
  @spec count(t(), atom()) :: non_neg_integer()
  def count(table, plural), do: :ets.select_count(table.ets, [{{{plural, :_}, :_}, [], [true]}])

  @doc "Whether the key of an object of a resource matches a pattern."
  @spec any?(t(), atom(), tuple()) :: boolean()
  def any?(table, plural, pattern),
    do: :ets.select(table.ets, [{{{plural, pattern}, :_}, [], [true]}], 1) != :"$end_of_table"

  @doc "All keys of a resource."
  @spec keys(t(), atom()) :: [term()]
  def keys(table, plural), do: :ets.select(table.ets, [{{{plural, :"$1"}, :_}, [], [:"$1"]}])

  @doc "Makes the next state."
  @spec write(t(), [difference()]) :: :ok
  def write(%__MODULE__{ets: ets, state: state}, differences) do
    :atomics.add(state, 1, 1)
    Enum.each(differences, &put(ets, &1))
    # Names last: one object may have taken the name of another.
    Enum.each(differences, &put_names(ets, &1))
    :atomics.add(state, 1, 1)
  end

  defp put(ets, {op, %{plural: plural} = resource, key, object, old}) do
    if op == :delete,
      do: :ets.delete(ets, {plural, key}),
      else: :ets.insert(ets, {{plural, key}, object})

    # The row of a name that another object has taken since is left alone.
    for name <- if(old, do: Resource.names(resource, old), else: []),
        do: :ets.delete_object(ets, {{:name, plural, name}, key})
  end

  defp put_names(_ets, {:delete, _resource, _key, _object, _old}), do: :ok

  defp put_names(ets, {_op, %{plural: plural} = resource, key, object, _old}) do
    for name <- Resource.names(resource, object),
        do: :ets.insert(ets, {{:name, plural, name}, key})
  end
end

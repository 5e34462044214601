defmodule Linx.Netlink.Resource.Desired do
  @moduledoc """
  Callbacks of a resource that can be reconciled: the row `:desired` of
  `Linx.Netlink.Resource` names the module.

  Kernel side: none of its own.

  The functions are pure but for `c:read/3` and `c:execute/3`. `t:context/0` holds what the pass
  knows: indices of links by name, the protocol that tags its objects and, in a plan, the keys of
  the objects that are its own.

      defmodule Linx.Netlink.Rtnl.Nexthop.Desired do
        @behaviour Linx.Netlink.Resource.Desired

        def cast(opts, context), do: …
        def equivalent?(desired, observed), do: …
      end
  """

  @typedoc "An item of a section of a desired state, as `c:cast/2` makes it."
  @type item :: term()

  @typedoc "An item, and whether it may replace an object of another owner."
  @type wanted :: {item(), takeover :: boolean()}

  @typedoc "Indices of links by name; with `:any`, every link is taken to exist."
  @type indices :: %{optional(String.t()) => pos_integer()} | :any

  @type context :: %{
          :indices => indices(),
          :protocol => 0..255,
          optional(:owned) => MapSet.t(),
          optional(:managed?) => (struct() -> boolean())
        }

  @typedoc "A step of a report, and what else it takes to carry it out; `nil` for nothing."
  @type step :: {tuple(), detail :: term()}

  @doc """
  Makes an item of a specification. `{:invalid, reason}` for an error that is to be reported as it
  is, without the name of the resource.
  """
  @callback cast(spec :: term(), context()) ::
              {:ok, item()} | {:error, term()} | {:invalid, term()}

  @doc """
  Whether an observed object has all that is desired. Not equality: the kernel adds to an object,
  such as the link by which a gateway is reached.
  """
  @callback equivalent?(desired :: struct(), observed :: struct()) :: boolean()

  @doc """
  Steps of a plan: `{:create | :update | :delete, item}`, `{:replace, existing, item}` and
  `{:conflict, existing, item}`. Without it, objects are compared by their keys and
  `c:equivalent?/2`.
  """
  @callback steps([wanted()], observed :: [struct()], context()) :: [step()]

  @doc """
  Details of the steps of a resource without `c:steps/3`; `observed` are all objects.
  """
  @callback details([step()], observed :: [struct()], context()) :: [step()]

  @doc """
  Whether an observed object has no owner, since the kernel has learned it.
  """
  @callback unowned?(observed :: struct()) :: boolean()

  @doc """
  The keys of objects that the pass owns: of those of earlier passes and of what is observed.
  Without it, those of earlier passes that are observed.
  """
  @callback owned(MapSet.t(), [wanted()], observed :: [struct()]) :: MapSet.t()

  @doc """
  The objects to compare with. Without it, all.
  """
  @callback read(Linx.Netlink.Request.target(), [wanted()], context()) ::
              {:ok, [struct()]} | {:error, term()}

  @doc """
  Carries out a step and returns the item as it became. `:default` for the request that the
  descriptor gives: to create with `NLM_F_EXCL`, to update with `NLM_F_REPLACE`, to delete.
  """
  @callback execute(Linx.Netlink.Request.target(), tuple(), detail :: term()) ::
              {:ok, struct()} | {:error, term()} | :default

  @optional_callbacks equivalent?: 2,
                      steps: 3,
                      details: 3,
                      unowned?: 1,
                      owned: 3,
                      read: 3,
                      execute: 3

  @doc """
  The index of a link by its name.
  """
  @spec index(term(), context()) :: {:ok, pos_integer()} | {:error, {:unknown_interface, term()}}
  def index(name, %{indices: :any}) when is_binary(name), do: {:ok, 1}

  def index(name, %{indices: indices}) do
    case indices do
      %{^name => index} -> {:ok, index}
      _ -> {:error, {:unknown_interface, name}}
    end
  end

  @doc """
  The index of a link that is given by name or index.
  """
  @spec link(String.t() | pos_integer(), context()) ::
          {:ok, pos_integer()} | {:error, {:unknown_interface, term()}}
  def link(index, _context) when is_integer(index), do: {:ok, index}
  def link(name, context), do: index(name, context)

  @doc """
  The struct with the values that a list has: names in the place of numbers.
  """
  @spec as_listed(struct()) :: struct()
  def as_listed(%module{} = struct), do: struct |> module.encode() |> module.decode()

  @doc """
  Applies `fun` to each item, up to the first that is not `{:ok, result}`.
  """
  @spec each([item], (item -> {:ok, result} | other)) :: {:ok, [result]} | other
        when item: term(), result: term(), other: term()
  def each(items, fun) do
    items
    |> Enum.reduce_while({:ok, []}, fn item, {:ok, done} ->
      case fun.(item) do
        {:ok, result} -> {:cont, {:ok, [result | done]}}
        other -> {:halt, other}
      end
    end)
    |> case do
      {:ok, done} -> {:ok, Enum.reverse(done)}
      other -> other
    end
  end

  @doc """
  Whether an observed value has every field that is specified in a desired one, at any depth.

      iex> alias Linx.Netlink.Rtnl.Nexthop.ResGroup
      iex> observed = %ResGroup{buckets: 32, idle_timer: 12_000}
      iex> Linx.Netlink.Resource.Desired.satisfies?(%ResGroup{buckets: 32}, observed)
      true
      iex> Linx.Netlink.Resource.Desired.satisfies?(%ResGroup{buckets: 64}, observed)
      false
  """
  @spec satisfies?(term(), term()) :: boolean()
  def satisfies?(%module{} = desired, %module{} = observed) do
    Enum.all?(Map.keys(desired) -- [:__struct__], fn field ->
      value = Map.get(desired, field)
      value == nil or satisfies?(value, Map.get(observed, field))
    end)
  end

  def satisfies?(desired, observed), do: desired == observed
end

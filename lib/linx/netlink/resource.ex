defmodule Linx.Netlink.Resource do
  @moduledoc """
  Descriptor of a class of kernel objects: messages, multicast groups, key, owner.

  Kernel side: message types and multicast groups of the protocol's header, such as
  `include/uapi/linux/rtnetlink.h`.

      use Linx.Netlink.Resource,
        name: :nexthop,
        plural: :nexthops,
        messages: [new: 104, del: 105, get: 106],
        groups: [32],
        key: [:id],
        ifindex: [:oif],
        gone: [:enoent]

  stands in the module of a codec and defines `__resource__/0`, which returns a
  `%Linx.Netlink.Resource{}`. A registry lists the resources of a protocol, such as
  `Linx.Netlink.Rtnl.resources/0`. Monitors, views, diffs and reconcilers read the descriptors
  and know no class of objects by name.

  ## Rows

    * `:name` - singular, in errors of reconciliation; required;
    * `:plural` - name of a list of them: a view's function, a section of a desired state; required;
    * `:messages` - message types by `:new`, `:del` and `:get`; required;
    * `:event` - name in the operations of events, `:new_…` and `:del_…`; the `:name` if not given;
    * `:family` - address family of the message header, where several resources share message
      types; the one without `:family` has all other families;
    * `:groups` - multicast groups whose notifications hold the objects;
    * `:hints` - `[groups: numbers, messages: types]`: groups whose notifications tell that a part
      of an object has changed, and their message types. A kernel may lack the groups;
    * `:optional` - `true` if a kernel may lack the objects and their groups: it answers
      `EOPNOTSUPP`;
    * `:key` - identity of an object for as long as it exists: fields, or a function of the object;
    * `:names` - function of an object: further names by which a view finds it;
    * `:tracked?` - function of an object: whether views hold it; all if not given;
    * `:untracked` - what a notification of an object that is not held means: `:ignore`, or
      `:delete` where an object that was held may become such a one; `:ignore` if not given;
    * `:whole?` - function of `:new` or `:del` and a notified object: whether it is complete; or
      `true`, which is the default, for always, `false` for never, `:del` for deletes alone. A view
      lists the objects again after a notification of a part;
    * `:list` - function of a socket that lists all objects; `list/2` of the module if not given;
    * `:default` - `false` if views hold the objects only when asked to;
    * `:ifindex` - fields with the index of a link that the object belongs to, or paths of fields through
      structs and lists. The object goes with the link of a plain field;
    * `:tree` - function of an object: `{name, above}`, names of itself and of the object that it is below,
      of whichever resource: it is created after that one, deleted before it, and goes with it. Either may
      be `nil`;
    * `:dependents` - `[plural: field]`: objects that go with the one whose key their field holds;
    * `:gone` - errors of a delete that mean that the object does not exist any more;
    * `:identity` - function of an object: the request by which the kernel finds it for a delete;
    * `:owner` - how reconcilers know their own: by the field `:protocol`, or `:applied`, by the keys
      noted in earlier passes;
    * `:owner_key` - key by which a desired and an observed object are the same; a function; that of
      `:key` if not given;
    * `:desired` - module with the callbacks of `Linx.Netlink.Resource.Desired`; without it the
      objects cannot be reconciled.
  """

  alias Linx.Netlink.{Error, Socket}
  alias __MODULE__.Desired

  @enforce_keys [:module, :name, :plural, :messages, :ops]
  defstruct [
    :module,
    :name,
    :plural,
    :messages,
    :ops,
    :family,
    :names,
    :tracked?,
    :list,
    :identity,
    :owner,
    :owner_key,
    :desired,
    :tree,
    groups: [],
    hints: [],
    optional: false,
    whole?: true,
    key: [],
    untracked: :ignore,
    default: true,
    ifindex: [],
    dependents: [],
    gone: []
  ]

  @typedoc "A descriptor. Its rows are described above; `ops` are the operations of events."
  @type t :: %__MODULE__{
          module: module(),
          name: atom(),
          plural: atom(),
          messages: %{optional(:new | :del | :get) => pos_integer()},
          ops: %{new: atom(), del: atom()},
          family: 0..255 | nil,
          groups: [pos_integer()],
          hints: keyword([pos_integer()]),
          optional: boolean(),
          key: [atom()] | (struct() -> term()),
          names: (struct() -> [String.t()]) | nil,
          tracked?: (struct() -> boolean()) | nil,
          untracked: :ignore | :delete,
          whole?: (:new | :del, struct() -> boolean()) | boolean() | :del,
          list: (Socket.t() -> {:ok, [struct()]} | {:error, term()}) | nil,
          default: boolean(),
          ifindex: [atom() | [atom()]],
          tree: (struct() -> {name :: term(), above :: term()}) | nil,
          dependents: keyword(atom()),
          gone: [atom()],
          identity: (struct() -> struct()) | nil,
          owner: :protocol | :applied | nil,
          owner_key: (struct() -> term()) | nil,
          desired: module() | nil
        }

  # Interrupted dumps are made again this often.
  @dump_retries 5

  @doc false
  defmacro __using__(rows) do
    {event, rows} = Keyword.pop(rows, :event, rows[:name])
    {messages, rows} = Keyword.pop!(rows, :messages)
    ops = [new: :"new_#{event}", del: :"del_#{event}"]

    quote do
      @doc false
      @spec __resource__() :: Linx.Netlink.Resource.t()
      def __resource__ do
        %Linx.Netlink.Resource{
          unquote_splicing(
            [
              module: __CALLER__.module,
              messages: {:%{}, [], messages},
              ops: {:%{}, [], ops}
            ] ++ rows
          )
        }
      end
    end
  end

  @doc """
  Key of an object: equal for two states of one object, different for any two that exist at once.
  """
  @spec key(t(), struct()) :: term()
  def key(%__MODULE__{key: [field]}, object), do: Map.fetch!(object, field)

  def key(%__MODULE__{key: fields}, object) when is_list(fields),
    do: List.to_tuple(Enum.map(fields, &Map.fetch!(object, &1)))

  def key(%__MODULE__{key: key}, object), do: key.(object)

  @doc """
  Key by which a desired and an observed object are the same.
  """
  @spec owner_key(t(), struct()) :: term()
  def owner_key(%__MODULE__{owner_key: nil} = resource, object), do: key(resource, object)
  def owner_key(%__MODULE__{owner_key: key}, object), do: key.(object)

  @doc """
  Further names of an object.
  """
  @spec names(t(), struct()) :: [String.t()]
  def names(%__MODULE__{names: nil}, _object), do: []
  def names(%__MODULE__{names: names}, object), do: names.(object)

  @doc """
  Whether views hold an object.
  """
  @spec tracked?(t(), struct()) :: boolean()
  def tracked?(%__MODULE__{tracked?: nil}, _object), do: true
  def tracked?(%__MODULE__{tracked?: tracked?}, object), do: tracked?.(object)

  @doc """
  Whether a notified object is complete.
  """
  @spec whole?(t(), :new | :del, struct()) :: boolean()
  def whole?(%__MODULE__{whole?: whole?}, _op, _object) when is_boolean(whole?), do: whole?
  def whole?(%__MODULE__{whole?: :del}, op, _object), do: op == :del
  def whole?(%__MODULE__{whole?: whole?}, op, object), do: whole?.(op, object)

  @doc """
  Indices of the links that an object belongs to.
  """
  @spec link_indices(t(), struct()) :: [pos_integer()]
  def link_indices(%__MODULE__{ifindex: fields}, object) do
    for field <- fields, index <- values(List.wrap(field), object), is_integer(index), do: index
  end

  defp values([], value), do: [value]
  defp values(path, values) when is_list(values), do: Enum.flat_map(values, &values(path, &1))

  defp values([field | path], struct) do
    case struct do
      %{^field => value} -> values(path, value)
      _ -> []
    end
  end

  @doc """
  An object with the results of a function in the place of its indices of links.
  """
  @spec relocate(t(), object, (term() -> {:ok, term()} | {:error, reason})) ::
          {:ok, object} | {:error, reason}
        when object: struct(), reason: term()
  def relocate(%__MODULE__{ifindex: fields}, object, fun) do
    Enum.reduce_while(fields, {:ok, object}, fn field, {:ok, object} ->
      case update(List.wrap(field), object, fun) do
        {:ok, object} -> {:cont, {:ok, object}}
        {:error, reason} -> {:halt, {:error, reason}}
      end
    end)
  end

  defp update([], value, fun), do: fun.(value)

  defp update(path, values, fun) when is_list(values),
    do: Desired.each(values, &update(path, &1, fun))

  defp update([field | path], struct, fun) do
    case struct do
      %{^field => value} ->
        with {:ok, value} <- update(path, value, fun),
             do: {:ok, Map.replace!(struct, field, value)}

      _ ->
        {:ok, struct}
    end
  end

  @doc """
  Names of an object and of the one that it is below; `nil` for none.
  """
  @spec tree(t(), struct()) :: {term(), term()}
  def tree(%__MODULE__{tree: nil}, _object), do: {nil, nil}
  def tree(%__MODULE__{tree: tree}, object), do: tree.(object)

  @doc """
  The resource and the operation of a message, by its type and the family in its header.
  """
  @spec of_message([t()], non_neg_integer(), binary()) :: {t(), :new | :del} | nil
  def of_message(resources, type, payload) do
    family = with <<family, _::binary>> <- payload, do: family
    find(resources, type, family) || find(resources, type, nil)
  end

  defp find([%{family: family, messages: %{new: type}} = resource | _], type, family),
    do: {resource, :new}

  defp find([%{family: family, messages: %{del: type}} = resource | _], type, family),
    do: {resource, :del}

  defp find([_resource | resources], type, family), do: find(resources, type, family)
  defp find([], _type, _family), do: nil

  @doc """
  The message types of a resource's notifications, each with its operation.
  """
  @spec notifications(t()) :: [{pos_integer(), :new | :del}]
  def notifications(%__MODULE__{messages: messages}),
    do: for(op <- [:new, :del], %{^op => type} <- [messages], do: {type, op})

  @doc """
  The resource with the same message types that has all other families; the resource itself if it
  has no `:family`.
  """
  @spec general([t()], t()) :: t()
  def general(_resources, %__MODULE__{family: nil} = resource), do: resource

  def general(resources, %__MODULE__{messages: %{new: type}} = resource) do
    Enum.find(resources, resource, &(&1.family == nil and match?(%{new: ^type}, &1.messages)))
  end

  @doc """
  Whether the module of the row `:desired` has a callback.
  """
  @spec exports?(t(), atom(), arity()) :: boolean()
  def exports?(%__MODULE__{desired: module}, name, arity),
    do: Code.ensure_loaded?(module) and function_exported?(module, name, arity)

  @doc """
  All objects that views hold, by key.

  An interrupted dump is made again five times. Where a kernel lacks the objects there are none.
  """
  @spec list(t(), Socket.t()) :: {:ok, %{term() => struct()}} | {:error, term()}
  def list(%__MODULE__{} = resource, sock) do
    case dump(resource, sock) do
      {:ok, objects} ->
        {:ok,
         for(
           object <- objects,
           tracked?(resource, object),
           into: %{},
           do: {key(resource, object), object}
         )}

      {:error, %Error{errno: :eopnotsupp}} when resource.optional ->
        {:ok, %{}}

      {:error, reason} ->
        {:error, reason}
    end
  end

  defp dump(%{list: nil, module: module}, sock),
    do: module.list(sock, dump_retries: @dump_retries)

  defp dump(%{list: list}, sock), do: list.(sock)

  @doc """
  All objects of several resources, each with its objects by key.
  """
  @spec list_all([t()], Socket.t()) :: {:ok, [{t(), %{term() => struct()}}]} | {:error, term()}
  def list_all(resources, sock) do
    Enum.reduce_while(resources, {:ok, []}, fn resource, {:ok, listed} ->
      case list(resource, sock) do
        {:ok, objects} -> {:cont, {:ok, [{resource, objects} | listed]}}
        error -> {:halt, error}
      end
    end)
  end
end

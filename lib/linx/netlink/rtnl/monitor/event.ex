defmodule Linx.Netlink.Rtnl.Monitor.Event do
  @moduledoc """
  A change, as the kernel reported it.

  Kernel side: `RTM_NEW*` and `RTM_DEL*` of `include/uapi/linux/rtnetlink.h`.

      %Linx.Netlink.Rtnl.Monitor.Event{op: :new_link, resource: %Link{name: "eth0"}}

  `:new_…` stands for a new object as well as for a changed one. A notification of another
  type, or one that cannot be decoded, has no `resource` but its `message`.
  """

  alias Linx.Netlink.{Message, Protocol, Resource, Rtnl}

  @enforce_keys [:op, :resource]
  defstruct [:op, :resource, :message]

  @typedoc """
  `:new_link`, `:del_link`, `:new_addr`, … of `Linx.Netlink.Rtnl.resources/0`, or the message type
  of any other notification.
  """
  @type op :: atom() | {:unknown, non_neg_integer()}

  @type t :: %__MODULE__{op: op(), resource: struct() | nil, message: Message.t() | nil}

  @doc false
  # The rows of the notifications of groups, for `c:Linx.Netlink.Protocol.rows/1`.
  @spec rows([pos_integer()]) :: [Protocol.row()]
  def rows(groups) do
    for %{groups: own} = resource <- Rtnl.resources(),
        own -- groups != own,
        {type, op} <- Resource.notifications(resource),
        do: {type, resource.family, resource.module, Map.fetch!(resource.ops, op)}
  end

  @doc false
  @spec decode(Protocol.notification()) :: t()
  def decode({op, object, _flags}), do: %__MODULE__{op: op, resource: object}

  def decode(%Message{type: type, payload: payload} = message) do
    case Resource.of_message(Rtnl.resources(), type, payload) do
      {resource, op} ->
        %__MODULE__{op: Map.fetch!(resource.ops, op), resource: resource.module.decode(payload)}

      nil ->
        %__MODULE__{op: {:unknown, type}, resource: nil, message: message}
    end
  rescue
    # Lengths that contradict each other: not what this kernel's header says.
    ArgumentError -> %__MODULE__{op: {:unknown, type}, resource: nil, message: message}
  end

  @doc false
  # The notification of an object that exists.
  @spec of(Resource.t(), struct()) :: t()
  def of(resource, object), do: %__MODULE__{op: resource.ops.new, resource: object}

  @doc false
  # The event with the object of a family as one of the resource of all families, if the message
  # types are of both: 0.2.0 had that one alone.
  @spec general(t()) :: t()
  def general(%__MODULE__{resource: %_{} = object} = event) do
    case resource(event) do
      {%{family: nil}, _op} ->
        event

      {resource, op} ->
        other = Resource.general(Rtnl.resources(), resource)
        general = object |> resource.module.encode() |> other.module.decode()
        %{event | op: Map.fetch!(other.ops, op), resource: general}
    end
  end

  def general(event), do: event

  @doc false
  # The resource of an event, and `:new` or `:del`.
  @spec resource(t()) :: {Resource.t(), :new | :del} | nil
  def resource(%__MODULE__{op: op, resource: %module{}}) do
    resource = module.__resource__()
    {resource, if(op == resource.ops.new, do: :new, else: :del)}
  end

  def resource(%__MODULE__{}), do: nil

  @doc false
  # The options of `Linx.Netlink.Rtnl.Monitor.attach/3`, for `Linx.Netlink.ProcessOptions`.
  @spec filters() :: keyword()
  def filters do
    [
      ops: {:where, &ops?/1},
      ifindex: 1..0x7FFFFFFF,
      family: {:one_of, [:inet, :inet6]},
      filter: :filter
    ]
  end

  defp ops?(ops), do: is_list(ops) and not List.improper?(ops) and Enum.all?(ops, &op?/1)

  defp op?({:unknown, type}), do: is_integer(type) and type >= 0
  defp op?(op), do: Enum.any?(Rtnl.resources(), &(op in Map.values(&1.ops)))

  @doc false
  # What checked options ask for. The caller's own function is asked last.
  @spec filter(map()) :: (t() -> boolean()) | nil
  def filter(options) do
    tests =
      for key <- [:ops, :ifindex, :family, :filter], wanted = options[key] do
        case key do
          :ops -> &(&1.op in wanted)
          :ifindex -> &(wanted in link_indices(&1.resource))
          :family -> &(family(&1.resource) == wanted)
          :filter -> wanted
        end
      end

    if tests != [], do: fn event -> Enum.all?(tests, & &1.(event)) end
  end

  defp link_indices(nil), do: []
  defp link_indices(%module{} = object), do: Resource.link_indices(module.__resource__(), object)

  # AF_INET and AF_INET6. A part of a link has the family of the part, and a link none.
  defp family(%module{family: family} = object) do
    if Resource.whole?(module.__resource__(), :new, object) do
      case family do
        2 -> :inet
        10 -> :inet6
        name when name in [:inet, :inet6] -> name
        _ -> nil
      end
    end
  end

  defp family(_resource), do: nil

  defimpl Inspect do
    alias Linx.Text

    def inspect(event, opts) do
      Text.show(event, opts, fn ->
        case event do
          %{op: {:unknown, type}} -> ["unknown:#{Text.field(type)}"]
          %{op: op, resource: resource} -> [Text.field(op), Kernel.inspect(resource)]
        end
      end)
    end
  end
end

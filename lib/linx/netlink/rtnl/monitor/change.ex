defmodule Linx.Netlink.Rtnl.Monitor.Change do
  @moduledoc false
  # The effect of a notification on the objects that a view holds.

  alias Linx.Netlink.{Message, Protocol, Resource, Rtnl}
  alias Linx.Netlink.Rtnl.Monitor.Event

  @typedoc """
  An object that was made or changed (`:put`), or is gone, if the notification holds a whole one that
  views hold; and the plurals of resources to list again.
  """
  @type t :: {{Resource.t(), :put | :delete, struct()} | nil, [atom()]}

  @typedoc "What a message type means: a resource, an operation, and the plurals of `t:t/0`."
  @type op :: {Resource.t(), :new | :del, [atom()]}

  @doc """
  The rows of all notifications, for `c:Linx.Netlink.Protocol.rows/1`. The objects of resources that
  are not in `plurals` are not decoded.
  """
  @spec rows([atom()]) :: [Protocol.row()]
  def rows(plurals) do
    for %{plural: plural, module: module} = resource <- Rtnl.resources(),
        {type, op} <- Resource.notifications(resource) do
      {type, resource.family, if(plural in plurals, do: module), {resource, op, hinted(type)}}
    end
  end

  @doc """
  The change that an event means, or a notification that was decoded by `rows/1`.
  """
  @spec of(Event.t() | Protocol.notification()) :: t()
  def of({{_resource, _op, hinted}, nil, _flags}), do: {nil, hinted}
  def of({{resource, op, hinted}, object, _flags}), do: of(resource, op, hinted, object)
  def of(%Message{} = message), do: of(Event.decode(message))
  def of(%Event{op: {:unknown, type}}), do: {nil, hinted(type)}

  def of(%Event{resource: object} = event) do
    {resource, op} = Event.resource(event)
    of(resource, op, hinted(resource.messages[op]), object)
  end

  defp of(resource, op, hinted, object) do
    cond do
      not Resource.whole?(resource, op, object) -> {nil, [resource.plural | hinted]}
      Resource.tracked?(resource, object) -> {{resource, verb(op), object}, hinted}
      resource.untracked == :delete -> {{resource, :delete, object}, hinted}
      true -> {nil, hinted}
    end
  end

  defp verb(:new), do: :put
  defp verb(:del), do: :delete

  defp hinted(type) do
    for %{hints: [_ | _]} = resource <- Rtnl.resources(),
        type in hints(resource, :messages),
        do: resource.plural
  end

  @doc """
  Groups or messages whose notifications tell that an object of a resource has changed in part.
  """
  @spec hints(Resource.t(), :groups | :messages) :: [pos_integer()]
  def hints(resource, key), do: Keyword.get(resource.hints, key, [])
end

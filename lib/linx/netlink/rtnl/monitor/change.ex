defmodule Linx.Netlink.Rtnl.Monitor.Change do
  @moduledoc false
  # The effect of a notification on the objects that a view holds.

  alias Linx.Netlink.{Resource, Rtnl}
  alias Linx.Netlink.Rtnl.Monitor.Event

  @typedoc """
  An object that was made or changed (`:put`), or is gone, if the notification holds a whole one that
  views hold; and the plurals of resources to list again.
  """
  @type t :: {{Resource.t(), :put | :delete, struct()} | nil, [atom()]}

  @doc """
  The change that an event means.
  """
  @spec of(Event.t()) :: t()
  def of(%Event{op: {:unknown, type}}), do: {nil, hinted(type)}

  def of(%Event{resource: object} = event) do
    {resource, op} = Event.resource(event)
    hinted = hinted(resource.messages[op])

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

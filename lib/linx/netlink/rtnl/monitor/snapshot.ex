defmodule Linx.Netlink.Rtnl.Monitor.Snapshot do
  @moduledoc false
  # What there is when a monitor starts, as events. Its socket has joined the groups before, so
  # that nothing is missing; what was notified meanwhile is taken in, so that it does not come
  # twice. Only what changes while the last list ends may, where that is made without a lock.

  alias Linx.Netlink.{Message, Socket}
  alias Linx.Netlink.Rtnl.Monitor.Event
  alias Linx.Netlink.Rtnl.View.Kind

  # How often it is tried when the namespace does not keep still.
  @tries 20

  @doc """
  The kinds that can be followed from here on: all of whose groups are joined.
  """
  @spec kinds([pos_integer()]) :: [Kind.t()]
  def kinds(groups), do: Enum.filter(Kind.all(), &(Kind.groups(&1) -- groups == []))

  @doc """
  Lists these kinds, and takes in what `meanwhile` says was notified since the groups were
  joined.
  """
  @spec take([Kind.t()], Socket.netns(), (() -> {:ok, [Message.t()]} | {:error, term()})) ::
          {:ok, [Event.t()]} | {:error, term()}
  def take(kinds, netns, meanwhile) do
    with {:ok, sock} <- Socket.open(0, netns) do
      try do
        with {:ok, listed} <- list(kinds, sock, @tries),
             {:ok, messages} <- meanwhile.(),
             do: {:ok, merge(Enum.reverse(listed), Enum.map(messages, &Event.decode/1), kinds)}
      after
        Socket.close(sock)
      end
    end
  end

  defp list(kinds, sock, tries) do
    case Kind.list_all(kinds, sock) do
      {:error, :dump_interrupted} when tries > 1 -> list(kinds, sock, tries - 1)
      result -> result
    end
  end

  # The last word on each object counts. What no list has comes as it was notified.
  defp merge(listed, events, kinds) do
    start = {Map.new(listed), []}

    {objects, others} =
      Enum.reduce(events, start, fn event, {objects, others} ->
        with {kind, verb, object} <- Kind.change(event),
             true <- kind in kinds do
          {Map.update!(objects, kind, &follow(&1, verb, Kind.key(kind, object), object)), others}
        else
          _ -> {objects, [event | others]}
        end
      end)

    for(kind <- kinds, {_key, object} <- objects[kind], do: Kind.event(kind, object)) ++
      Enum.reverse(others)
  end

  defp follow(objects, :put, key, object), do: Map.put(objects, key, object)
  defp follow(objects, :delete, key, _object), do: Map.delete(objects, key)
end

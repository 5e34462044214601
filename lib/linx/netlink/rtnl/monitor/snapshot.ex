defmodule Linx.Netlink.Rtnl.Monitor.Snapshot do
  @moduledoc false
  # What there is when a monitor starts, as events. Its socket has joined the groups before, so
  # that nothing is missing; what was notified meanwhile is taken in, so that it does not come
  # twice. A list that the kernel makes without a lock may have what it notifies a moment later:
  # for a while what follows is compared with what has been told.

  alias Linx.Netlink.{Codec, Message, Socket}
  alias Linx.Netlink.Rtnl.Monitor.Event
  alias Linx.Netlink.Rtnl.View.Kind

  # How often it is tried when the namespace does not keep still.
  @tries 20

  @typedoc "Objects by kind and by key."
  @type known :: %{Kind.t() => %{term() => struct()}}

  @doc """
  The kinds that can be followed from here on: all of whose groups are joined.
  """
  @spec kinds([pos_integer()]) :: [Kind.t()]
  def kinds(groups), do: Enum.filter(Kind.all(), &(Kind.groups(&1) -- groups == []))

  @doc """
  Lists these kinds.
  """
  @spec list([Kind.t()], Socket.netns()) :: {:ok, known()} | {:error, term()}
  def list(kinds, netns) do
    with {:ok, sock} <- Socket.open(0, netns) do
      try do
        with {:ok, listed} <- list(kinds, sock, @tries), do: {:ok, Map.new(listed)}
      after
        Socket.close(sock)
      end
    end
  end

  @doc """
  The events of a snapshot, from what was listed and from the notifications that arrived since the
  groups were joined, and the state of each object.
  """
  @spec merge(known(), [Message.t()]) :: {[Event.t()], known()}
  def merge(listed, messages) do
    events = Enum.map(messages, &Event.decode/1)
    {known, others} = Enum.reduce(events, {listed, []}, &merge_event/2)

    listed_events =
      for kind <- Kind.all(),
          {_key, object} <- Map.get(known, kind, %{}),
          do: Kind.event(kind, object)

    {listed_events ++ Enum.reverse(others), known}
  end

  defp list(kinds, sock, tries) do
    case Kind.list_all(kinds, sock) do
      {:error, :dump_interrupted} when tries > 1 -> list(kinds, sock, tries - 1)
      result -> result
    end
  end

  # The last word on each object counts. What no list has comes as it was notified.
  defp merge_event(event, {known, others}) do
    case follow(known, event) do
      :unlisted -> {known, [event | others]}
      {_news?, known, _silent} -> {known, others}
    end
  end

  @doc """
  Whether an event says something new to who has been told of the objects of `known`, and what
  is known with it: nothing of what the kernel changes in silence at the same time.
  """
  @spec news(known(), Event.t()) :: {boolean(), known()}
  def news(known, event) do
    case follow(known, event) do
      :unlisted -> {true, known}
      # A link that has changed in silence is still there, and what is told of it then is compared.
      {true, known, silent} -> {true, Map.drop(known, silent -- [:links])}
      {false, known, _silent} -> {false, known}
    end
  end

  # Whether it is news, what is known then, and the kinds that may have changed in silence.
  defp follow(known, event) do
    with {kind, verb, object} <- Kind.change(event),
         %{^kind => objects} <- known do
      key = Kind.key(kind, object)
      old = objects[key]
      objects = if verb == :put, do: Map.put(objects, key, object), else: Map.delete(objects, key)
      silent = Kind.suspects(kind, verb, old, object)
      {news?(verb, old, object), %{known | kind => objects}, silent}
    else
      _ -> :unlisted
    end
  end

  defp news?(:put, nil, _object), do: true
  defp news?(:put, old, object), do: Codec.comparable(old) != Codec.comparable(object)
  defp news?(:delete, old, _object), do: old != nil
end

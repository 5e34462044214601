defmodule Linx.Netlink.Rtnl.Monitor.Snapshot do
  @moduledoc false
  # What there is when a monitor starts, as events. Its socket has joined the groups before, so
  # that nothing is missing; what was notified meanwhile is taken in, so that it does not come
  # twice. A list that the kernel makes without a lock may have what it notifies a moment later:
  # for a while what follows is compared with what has been told.

  alias Linx.Netlink.{Message, Socket}
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
  Lists these kinds, and takes in what `meanwhile` says was notified since the groups were
  joined.
  """
  @spec take([Kind.t()], Socket.netns(), (() -> {:ok, [Message.t()]} | {:error, term()})) ::
          {:ok, [Event.t()], known()} | {:error, term()}
  def take(kinds, netns, meanwhile) do
    with {:ok, sock} <- Socket.open(0, netns) do
      try do
        with {:ok, listed} <- list(kinds, sock, @tries),
             {:ok, messages} <- meanwhile.() do
          events = Enum.map(messages, &Event.decode/1)
          {known, others} = Enum.reduce(events, {Map.new(listed), []}, &merge/2)
          told = for kind <- kinds, {_, object} <- known[kind], do: Kind.event(kind, object)
          {:ok, told ++ Enum.reverse(others), known}
        end
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
  defp merge(event, {known, others}) do
    case follow(known, event) do
      :unlisted -> {known, [event | others]}
      {_news?, known} -> {known, others}
    end
  end

  @doc """
  Whether an event says something new to who has been told of the objects of `known`, and what
  is known with it.
  """
  @spec news(known(), Event.t()) :: {boolean(), known()}
  def news(known, event) do
    case follow(known, event) do
      :unlisted -> {true, known}
      followed -> followed
    end
  end

  defp follow(known, event) do
    with {kind, verb, object} <- Kind.change(event),
         %{^kind => objects} <- known do
      key = Kind.key(kind, object)
      {news?, objects} = follow(objects, verb, kind, key, object)
      {news?, %{known | kind => objects}}
    else
      _ -> :unlisted
    end
  end

  defp follow(objects, :put, kind, key, object) do
    news? =
      case objects do
        %{^key => old} -> Kind.lasting(kind, old) != Kind.lasting(kind, object)
        %{} -> true
      end

    {news?, Map.put(objects, key, object)}
  end

  defp follow(objects, :delete, _kind, key, _object),
    do: {is_map_key(objects, key), Map.delete(objects, key)}
end

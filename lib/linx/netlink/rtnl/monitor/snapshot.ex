defmodule Linx.Netlink.Rtnl.Monitor.Snapshot do
  @moduledoc false
  # The objects that exist when a monitor starts, as events. Its socket has joined the groups
  # before, so that no change is missed; notifications that arrive meanwhile are merged, so that
  # none comes twice. A list that the kernel makes without a lock may hold a change that it notifies
  # a moment later: for a while, further events are compared with those sent.

  alias Linx.Netlink.{Codec, Protocol, Resource, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Monitor.{Change, Event}
  alias Linx.Netlink.Rtnl.View.Invalidation

  # Attempts while dumps are interrupted.
  @tries 20

  @typedoc "Objects by plural of the resource and by key."
  @type known :: %{atom() => %{term() => struct()}}

  @doc """
  The resources that can be followed: those with all of their groups joined.
  """
  @spec resources([pos_integer()]) :: [Resource.t()]
  def resources(joined),
    do:
      for(
        %{groups: [_ | _] = groups} = resource <- Rtnl.resources(),
        groups -- joined == [],
        do: resource
      )

  @doc """
  Lists these resources.
  """
  @spec list([Resource.t()], Socket.netns()) :: {:ok, known()} | {:error, term()}
  def list(resources, netns) do
    with {:ok, sock} <- Rtnl.open(netns) do
      try do
        with {:ok, listed} <- list(resources, sock, @tries) do
          {:ok, Map.new(listed, fn {resource, objects} -> {resource.plural, objects} end)}
        end
      after
        Socket.close(sock)
      end
    end
  end

  @doc """
  The events of a snapshot: of the listed objects, and of the notifications that arrived since the
  groups were joined; and the state of each object.
  """
  @spec merge(known(), [Protocol.notification()]) :: {[Event.t()], known()}
  def merge(listed, notifications) do
    events = Enum.map(notifications, &Event.decode/1)
    {known, others} = Enum.reduce(events, {listed, []}, &merge_event/2)

    objects =
      for %{plural: plural} = resource <- Rtnl.resources(),
          {_key, object} <- Map.get(known, plural, %{}),
          do: Event.of(resource, object)

    {objects ++ Enum.reverse(others), known}
  end

  defp list(resources, sock, tries) do
    case Resource.list_all(resources, sock) do
      {:error, :dump_interrupted} when tries > 1 -> list(resources, sock, tries - 1)
      result -> result
    end
  end

  # The latest state of each object counts. Events of other objects are sent as they came.
  defp merge_event(event, {known, others}) do
    case follow(known, event) do
      :unlisted -> {known, [event | others]}
      {_changed?, known, _removed} -> {known, others}
    end
  end

  @doc """
  Whether `event` differs from the objects of `known`, and the updated objects, without those
  that the kernel may have changed at the same time without a notification.
  """
  @spec changed(known(), Event.t()) :: {boolean(), known()}
  def changed(known, event) do
    case follow(known, event) do
      :unlisted -> {true, known}
      {true, known, removed} -> {true, Map.drop(known, removed)}
      {false, known, _removed} -> {false, known}
    end
  end

  # Whether it is a change, the objects after it, and the resources that may have lost objects.
  defp follow(known, event) do
    with {{%{plural: plural} = resource, op, object}, _plurals} <- Change.of(event),
         %{^plural => objects} <- known do
      key = Resource.key(resource, object)
      old = objects[key]
      objects = if op == :put, do: Map.put(objects, key, object), else: Map.delete(objects, key)
      removed = Invalidation.removes(plural, op, old, object)
      {changed?(op, old, object), %{known | plural => objects}, removed}
    else
      _ -> :unlisted
    end
  end

  defp changed?(:put, nil, _object), do: true
  defp changed?(:put, old, object), do: Codec.comparable(old) != Codec.comparable(object)
  defp changed?(:delete, old, _object), do: old != nil
end

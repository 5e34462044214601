defmodule Linx.Netlink.Spec.Operations do
  @moduledoc false
  # Operations of a specification and their numbers.
  #
  # With `enum-model: unified`, requests, replies and notifications share one numbering. With
  # `directional`, messages to the kernel have one and messages from the kernel another; a number that
  # is not given is the one after the last of its direction.

  alias Linx.Netlink.Spec.{Document, Error, Members, Node}

  @typedoc """
  An operation: `request` and `reply` are message numbers; a notification has a reply only. The set and
  the struct in front of it are those of its messages.
  """
  @type t :: %{
          name: String.t(),
          doc: String.t() | nil,
          notification: boolean(),
          request: non_neg_integer() | nil,
          reply: non_neg_integer() | nil,
          do: boolean(),
          dump: boolean(),
          set: String.t() | nil,
          struct: String.t() | nil,
          flags: [String.t()],
          group: String.t() | nil,
          takes: [String.t()]
        }

  @doc "The operations of a specification, in its order."
  @spec read(Node.t(), Document.t()) :: [t()]
  def read(node, document) do
    operations = Node.fetch!(node, "operations")
    nodes = Node.list(operations, "list")
    :ok = Document.once!(nodes, "operation")
    model = Node.text(operations, "enum-model", "unified")

    unless model in ["unified", "directional"] do
      {line, _} = Node.get(operations, "enum-model")
      Error.fail!(line, "unknown enum-model: #{model}")
    end

    {read, _} = Enum.map_reduce(nodes, {1, 1}, &operation(model, &1, &2, operations))
    for {operation, node} <- Enum.zip(read, nodes), do: contents(operation, node, read, document)
  end

  defp operation(model, node, next, operations) do
    {line, _} = node

    notification = Node.has?(node, "notify") or Node.has?(node, "event")
    {request, reply, next} = numbers(model, node, notification, next)

    {%{
       name: Node.text!(node, "name"),
       line: line,
       doc: Node.text(node, "doc"),
       notification: notification,
       request: request,
       reply: reply,
       do: Node.has?(node, "do"),
       dump: Node.has?(node, "dump"),
       set: Node.text(node, "attribute-set"),
       struct: Node.text(node, "fixed-header", Node.text(operations, "fixed-header")),
       flags: Node.texts(node, "flags"),
       group: Node.text(node, "mcgrp"),
       notify: Node.text(node, "notify"),
       takes: takes(node)
     }, next}
  end

  defp takes(node) do
    for mode <- ["do", "dump"],
        mode = Node.get(node, mode),
        request = Node.get(mode, "request"),
        name <- Node.texts(request, "attributes"),
        uniq: true,
        do: name
  end

  defp numbers("unified", node, notification, {next, _}) do
    number = Node.integer(node, "value", next)
    {if(notification, do: nil, else: number), number, {number + 1, number + 1}}
  end

  defp numbers("directional", node, true, {request, reply}) do
    number = Node.integer(node, "value", reply)
    {nil, number, {request, number + 1}}
  end

  defp numbers("directional", {line, _} = node, false, {request, reply}) do
    mode =
      Node.get(node, "do") || Node.get(node, "dump") ||
        Error.fail!(line, "an operation without do, dump, notify or event")

    request = number(mode, "request", request)
    replies = Node.has?(mode, "reply")
    reply = number(mode, "reply", reply)
    next = {request + 1, if(replies, do: reply + 1, else: reply)}
    {request, if(replies, do: reply), next}
  end

  defp number(mode, key, default) do
    case Node.get(mode, key) do
      {_, %{}} = message -> Node.integer(message, "value", default)
      _ -> default
    end
  end

  # A notification has the contents of the operation that it names.
  defp contents(operation, node, read, document) do
    operation =
      case operation.notify do
        nil ->
          operation

        _ ->
          of = Document.find!(read, node, "notify")
          %{operation | set: operation.set || of.set, struct: of.struct}
      end

    :ok =
      Members.found!(node, %{"attribute-set" => document.sets, "fixed-header" => document.structs})

    with struct when struct != nil <- operation.struct,
         nil <- Enum.find(document.structs, &(&1.name == struct)),
         do: Error.fail!(operation.line, "there is no struct #{inspect(struct)}")

    Map.drop(operation, [:line, :notify])
  end
end

defmodule Linx.Netlink.Rtnl.Tc.All do
  @moduledoc false
  # All classes, filters, chains and actions of a namespace. The kernel lists classes of one link, filters and
  # chains of one parent or block, actions of one kind. An object that is gone meanwhile has an empty list.

  alias Linx.Netlink.Resource.Desired
  alias Linx.Netlink.Rtnl.Tc.{Action, Chain, Class, Filter, Qdisc}
  alias Linx.Netlink.Socket

  @retries [dump_retries: 5]

  # Kinds of qdiscs for filters alone, and one without classes and filters.
  @filtering ["ingress", "clsact"]
  @plain ["noqueue"]

  # Kinds of classes that have filters of their own.
  @with_filters ["htb", "hfsc"]

  @doc "All classes."
  @spec classes(Socket.t()) :: {:ok, [Class.t()]} | {:error, term()}
  def classes(sock), do: with({:ok, qdiscs} <- qdiscs(sock), do: classes(sock, qdiscs))

  defp classes(sock, qdiscs) do
    links =
      for %Qdisc{kind: kind} = qdisc <- qdiscs,
          kind not in (@plain ++ @filtering),
          do: qdisc.ifindex

    concat(Enum.uniq(links), &Class.list(sock, &1, @retries))
  end

  @doc "All filters."
  @spec filters(Socket.t()) :: {:ok, [Filter.t()]} | {:error, term()}
  def filters(sock) do
    with {:ok, places} <- places(sock),
         do: concat(places, fn {link, place} -> Filter.list(sock, link, place ++ @retries) end)
  end

  @doc "All chains."
  @spec chains(Socket.t()) :: {:ok, [Chain.t()]} | {:error, term()}
  def chains(sock) do
    with {:ok, places} <- places(sock),
         do: concat(places, fn {link, place} -> Chain.list(sock, link, place ++ @retries) end)
  end

  @doc "All actions, each as a message of its own."
  @spec actions(Socket.t()) :: {:ok, [Action.t()]} | {:error, term()}
  def actions(sock) do
    kinds = Map.keys(Action.Kinds.__table__())

    with {:ok, entries} <- concat(kinds, &Action.list(sock, &1, @retries)),
         do: {:ok, Enum.map(entries, &%Action{tab: [&1]})}
  end

  defp qdiscs(sock), do: Qdisc.list(sock, [invisible: true] ++ @retries)

  # Links with a parent, and shared blocks, that may have filters.
  defp places(sock) do
    with {:ok, qdiscs} <- qdiscs(sock),
         {:ok, classes} <- classes(sock, qdiscs) do
      inner = for %Class{kind: kind} = class <- classes, kind in @with_filters, do: parent(class)
      {:ok, Enum.uniq(Enum.flat_map(qdiscs, &of_qdisc/1) ++ inner)}
    end
  end

  defp of_qdisc(%Qdisc{kind: kind} = qdisc) when kind in @filtering do
    [block(qdisc, qdisc.ingress_block, :ingress)] ++
      if(kind == "clsact", do: [block(qdisc, qdisc.egress_block, :egress)], else: [])
  end

  defp of_qdisc(%Qdisc{kind: kind, handle: handle}) when kind in @plain or handle == 0, do: []
  defp of_qdisc(%Qdisc{} = qdisc), do: [parent(qdisc)]

  defp block(qdisc, block, side) when block in [nil, 0], do: {qdisc.ifindex, [parent: side]}
  defp block(_qdisc, block, _side), do: {nil, [block: block]}

  defp parent(%{ifindex: index, handle: handle}), do: {index, [parent: handle]}

  defp concat(items, list) do
    with {:ok, lists} <- Desired.each(items, list), do: {:ok, Enum.concat(lists)}
  end
end

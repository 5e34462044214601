defmodule Linx.Netlink.Generic.Ethtool.Query do
  @moduledoc false
  # Requests that read a topic, and what is made of the replies.

  alias Linx.Netlink.{Batch, Error, Generic, Options, Request}
  alias Linx.Netlink.Generic.Ethtool
  alias Linx.Netlink.Generic.Ethtool.{Dev, Names, Topic}

  @netlink_generic 16

  @spec get(Request.target(), Topic.t(), term(), keyword()) ::
          {:ok, struct() | Batch.Read.t()} | {:error, Ethtool.error()}
  def get(target, topic, link, opts) do
    with {:ok, dev} <- dev(topic, link),
         {:ok, request, given} <-
           Options.read(opts, :get, @netlink_generic, Topic.options(topic)),
         {:ok, query} <- query(target, topic, dev, given, request) do
      target
      |> Generic.fetch(Ethtool, topic.get, query, request)
      |> Batch.finish(&finish(&1, target, topic, request))
    end
  end

  defp dev(%{link: :optional}, nil), do: {:ok, %Dev{}}
  defp dev(_topic, link), do: Dev.of(link)

  @spec list(Request.target(), Topic.t(), keyword()) ::
          {:ok, [struct()]} | {:error, Ethtool.error()}
  def list(target, topic, opts) do
    with {:ok, request, given} <-
           Options.read(opts, :dump, @netlink_generic, Topic.filters(topic)),
         {dev, given} = Map.pop(given, :link, %Dev{}),
         {:ok, query} <- query(target, topic, dev, given, request) do
      target
      |> Generic.dump(Ethtool, topic.get, query, request)
      |> refused(target, topic, request)
      |> finish(target, topic, request)
    end
  end

  # A list of `ethnl_tunnel_info_dumpit` (net/ethtool/tunnels.c) ends with the refusal of the last link, if
  # that has no such ports: the links are asked one by one.
  defp refused(
         {:error, %Error{errno: :eopnotsupp}},
         target,
         %{name: :tunnel_info} = topic,
         request
       ) do
    target = Batch.target(target)
    request = Keyword.take(request, [:timeout])

    with {:ok, links} <- Generic.dump(target, Ethtool, :linkstate_get, nil, request) do
      results =
        for %{dev: %{index: index}} <- links,
            do:
              Generic.fetch(
                target,
                Ethtool,
                topic.get,
                struct!(topic.query, dev: %Dev{index: index}),
                request
              )

      failed = Enum.find(results, &(match?({:error, _}, &1) and not absent?(&1)))
      failed || {:ok, for({:ok, info} <- results, do: info)}
    end
  end

  defp refused(result, _target, _topic, _request), do: result

  # A link without such ports, or one that was deleted meanwhile.
  defp absent?({:error, %Error{errno: errno}}), do: errno in [:eopnotsupp, :enodev]
  defp absent?(_failure), do: false

  # The struct of a request.
  defp query(target, %{query: module} = topic, dev, given, request) do
    {statistics, given} = Map.pop(given, :include_statistics, false)
    {phy_index, given} = Map.pop(given, :phy_index)

    # The names of sets that depend on the link are in the message itself.
    compact? = topic.bits != [] and Enum.all?(topic.bits, fn {_, {set, _}} -> set != nil end)

    flags =
      if(compact?, do: [:compact_bitsets], else: []) ++ if(statistics, do: [:stats], else: [])

    dev = %{dev | flags: if(flags == [], do: nil, else: flags), phy_index: phy_index}

    with {:ok, given} <- prepare(target, topic, given, request),
         do: {:ok, struct!(module, Map.put(given, :dev, dev))}
  end

  defp prepare(target, %{query: module, sets: sets}, given, request) do
    if function_exported?(module, :prepare, 2) do
      with {:ok, names} <- Names.fetch(target, sets, request),
           do: {:ok, module.prepare(given, names)}
    else
      {:ok, given}
    end
  end

  defp finish({:ok, found}, target, topic, request) do
    with {:ok, names} <- Names.fetch(target, topic.sets, request) do
      if is_list(found),
        do: {:ok, Enum.map(found, &Topic.finish(&1, topic, names))},
        else: {:ok, Topic.finish(found, topic, names)}
    end
  end

  defp finish(error, _target, _topic, _request), do: error
end

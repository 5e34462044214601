defmodule Linx.Netlink.Rtnl.Address.Plan do
  @moduledoc false
  # Steps for the addresses of a desired state. Pure.

  alias Linx.Netlink.Resource.Desired
  alias Linx.Netlink.Rtnl.Address
  alias Linx.Netlink.Rtnl.Address.{Equivalence, Key}

  @doc """
  The steps. A deletion with the detail `:replace_first` comes before what is created, since a link
  cannot have both addresses.
  """
  @spec steps([Desired.wanted()], [Address.t()], MapSet.t()) :: [Desired.step()]
  def steps(desired, observed, owned) do
    desired = Enum.uniq_by(desired, fn {address, _takeover} -> Key.desired(address) end)
    wanted = MapSet.new(desired, fn {address, _takeover} -> Key.desired(address) end)

    state = %{
      by_key: Map.new(Enum.reverse(observed), &{Key.desired(&1), &1}),
      by_slot: Map.new(Enum.reverse(observed), &{Key.slot(&1), &1}),
      owned: owned,
      wanted: wanted,
      # Before Linux 5.18 an address had no protocol.
      proto?: Enum.any?(observed, &(&1.proto != nil))
    }

    steps = Enum.flat_map(desired, fn {address, takeover} -> step(address, takeover, state) end)
    created = for {{:create, address}, _} <- steps, into: MapSet.new(), do: Key.slot(address)

    deletes =
      for address <- observed,
          key = Key.desired(address),
          key in owned and key not in wanted,
          do: {{:delete, address}, if(Key.slot(address) in created, do: :replace_first)}

    steps ++ deletes
  end

  defp step(address, takeover, state) do
    key = Key.desired(address)
    same = state.by_key[key]
    other = state.by_slot[Key.slot(address)]

    cond do
      same != nil and key in state.owned ->
        changed(Equivalence.complete(address), same, state)

      same != nil ->
        foreign(address, same, takeover, Equivalence.address?(address, same, state.proto?))

      other == nil or Key.desired(other) in state.owned ->
        [{{:create, address}, nil}]

      Key.desired(other) in state.wanted ->
        [{{:create, address}, nil}]

      true ->
        foreign(address, other, takeover, false)
    end
  end

  defp changed(address, same, state) do
    cond do
      not Equivalence.fixed?(address, same) ->
        [{{:delete, same}, :replace_first}, {{:create, address}, nil}]

      Equivalence.address?(address, same, state.proto?) ->
        []

      true ->
        [{{:update, address}, nil}]
    end
  end

  # The kernel changes few attributes of an address.
  defp foreign(address, existing, true, _equivalent?) do
    change? =
      Key.desired(address) == Key.desired(existing) and Equivalence.fixed?(address, existing)

    [{{:replace, existing, Equivalence.complete(address)}, if(not change?, do: :recreate)}]
  end

  defp foreign(_address, _theirs, false, true), do: []
  defp foreign(address, existing, false, false), do: [{{:conflict, existing, address}, nil}]

  @doc """
  The addresses that are desired with a tag, `:proto`, and observed with it: the pass owns those,
  whether noted or not. Tags up to 3 are the kernel's own.
  """
  @spec tagged([Desired.wanted()], [Address.t()]) :: MapSet.t()
  def tagged(desired, observed) do
    tags =
      for {%{proto: tag} = address, _takeover} <- desired,
          is_integer(tag),
          into: %{},
          do: {Key.desired(address), tag}

    for %{proto: tag} = address <- observed,
        is_integer(tag),
        key = Key.desired(address),
        tags[key] == tag,
        into: MapSet.new(),
        do: key
  end
end

defmodule Linx.Netlink.Rtnl.Reconcile.Plan.Addresses do
  @moduledoc false
  # Steps for addresses, and which of them are ours by their tag. Pure.

  alias Linx.IP.Subnet
  alias Linx.Netlink.Rtnl.{Address, Diff}
  alias Linx.Netlink.Rtnl.Reconcile.Alike

  @inet 2

  # By the key of the section: `displaced` are deletions that have to come first, since a link
  # cannot have both addresses.
  @type steps :: %{addresses: [term()], displaced: [term()], conflicts: [term()]}

  @spec steps([{Address.t(), boolean()}], [Address.t()], MapSet.t(Diff.key())) :: steps()
  def steps(desired, observed, owned) do
    desired = Enum.uniq_by(desired, fn {address, _takeover} -> Diff.address_key(address) end)
    wanted = MapSet.new(desired, fn {address, _takeover} -> Diff.address_key(address) end)
    there = Map.new(Enum.reverse(observed), &{Diff.address_key(&1), &1})

    state = %{
      there: there,
      places: Map.new(Enum.reverse(observed), &{place(&1), &1}),
      owned: owned,
      wanted: wanted,
      proto_told?: Enum.any?(observed, &(&1.proto != nil))
    }

    steps = Enum.flat_map(desired, fn {address, takeover} -> step(address, takeover, state) end)
    {conflicts, steps} = Enum.split_with(steps, fn {op, _} -> elem(op, 0) == :conflict end)
    {again, steps} = Enum.split_with(steps, fn {op, _} -> elem(op, 0) == :delete end)
    new = for {{:create, address}, _} <- steps, into: MapSet.new(), do: place(address)

    going =
      for address <- observed,
          key = Diff.address_key(address),
          key in owned and key not in wanted,
          do: {{:delete, address}, nil}

    {displaced, going} = Enum.split_with(going, fn {{_, one}, _} -> place(one) in new end)
    %{addresses: steps ++ going, displaced: again ++ displaced, conflicts: conflicts}
  end

  defp step(address, takeover, state) do
    key = Diff.address_key(address)
    same = state.there[key]
    other = state.places[place(address)]

    cond do
      same != nil and key in state.owned ->
        changed(Alike.complete(address), same, state)

      same != nil ->
        foreign(address, same, takeover, Alike.address?(address, same, state.proto_told?))

      other == nil or Diff.address_key(other) in state.owned ->
        [{{:create, address}, nil}]

      Diff.address_key(other) in state.wanted ->
        [{{:create, address}, nil}]

      true ->
        foreign(address, other, takeover, false)
    end
  end

  defp changed(address, same, state) do
    cond do
      not Alike.new_address?(address, same) -> [{{:delete, same}, nil}, {{:create, address}, nil}]
      Alike.address?(address, same, state.proto_told?) -> []
      true -> [{{:update, address}, nil}]
    end
  end

  # What the kernel changes of an address is little.
  defp foreign(address, theirs, true, _same?) do
    change? = Diff.address_key(address) == Diff.address_key(theirs)
    change? = change? and Alike.new_address?(address, theirs)
    [{{:replace, theirs, Alike.complete(address)}, if(not change?, do: :recreate)}]
  end

  defp foreign(_address, _theirs, false, true), do: []
  defp foreign(address, theirs, false, false), do: [{{:conflict, theirs, address}, nil}]

  @doc """
  The addresses that are desired with a tag, `:proto`, and are there with it: those are ours,
  whatever earlier passes have noted. Tags up to 3 are the kernel's own.
  """
  @spec tagged([{Address.t(), boolean()}], [Address.t()]) :: MapSet.t(Diff.key())
  def tagged(desired, observed) do
    tags =
      for {%{proto: tag} = address, _takeover} <- desired,
          is_integer(tag),
          into: %{},
          do: {Diff.address_key(address), tag}

    for %{proto: tag} = address <- observed,
        is_integer(tag),
        key = Diff.address_key(address),
        tags[key] == tag,
        into: MapSet.new(),
        do: key
  end

  # What a link cannot have twice: an address of IPv6, and one of IPv4 in a network
  # (`inet_insert_ifa` of net/ipv4/devinet.c).
  defp place(%{family: @inet} = address) do
    network = Subnet.network(%Subnet{address: address.address, prefix: address.prefixlen})
    {address.index, address.local || address.address, address.prefixlen, network}
  end

  defp place(address), do: {address.index, address.local || address.address}
end

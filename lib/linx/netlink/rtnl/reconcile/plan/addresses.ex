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
    places = Map.new(Enum.reverse(observed), &{place(&1), &1})

    ops =
      for {address, takeover} <- desired,
          op = op(address, takeover, there, places, owned, wanted),
          do: op

    {conflicts, ops} = Enum.split_with(ops, &(elem(&1, 0) == :conflict))
    new = for {:create, address} <- ops, into: MapSet.new(), do: place(address)

    going =
      for address <- observed,
          key = Diff.address_key(address),
          key in owned and key not in wanted,
          do: {:delete, address}

    {displaced, going} = Enum.split_with(going, fn {:delete, one} -> place(one) in new end)
    %{addresses: ops ++ going, displaced: displaced, conflicts: conflicts}
  end

  defp op(address, takeover, there, places, owned, wanted) do
    key = Diff.address_key(address)
    same = there[key]
    other = places[place(address)]

    cond do
      same != nil and key in owned ->
        address = Alike.complete(address)
        if not Alike.address?(address, same), do: {:update, address}

      same != nil ->
        foreign(address, same, takeover, Alike.address?(address, same))

      other == nil or Diff.address_key(other) in owned ->
        {:create, address}

      Diff.address_key(other) in wanted ->
        {:create, address}

      true ->
        foreign(address, other, takeover, false)
    end
  end

  defp foreign(address, theirs, true, _same?), do: {:replace, theirs, Alike.complete(address)}
  defp foreign(_address, _theirs, false, true), do: nil
  defp foreign(address, theirs, false, false), do: {:conflict, theirs, address}

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

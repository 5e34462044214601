defmodule Linx.Netlink.Nfnl.Conntrack.Query do
  @moduledoc false
  # Entries that select other entries: as filter of a dump, or as key of one entry.

  alias Linx.Netlink.Nfnl.Conntrack
  alias Linx.Netlink.Nfnl.Conntrack.Tuple

  @doc """
  The filter of a dump, from the options `:family`, `:mark` and `:zone`.
  """
  @spec filter(%{atom() => term()}) :: Conntrack.t()
  def filter(wanted) do
    {mark, mask} = Map.get(wanted, :mark, {nil, nil})
    family = Map.get(wanted, :family, 0)
    %Conntrack{family: family, mark: mark, mark_mask: mask, zone: wanted[:zone]}
  end

  @doc """
  The entries that match the options of a dump, for kernels that ignore some of them.
  """
  @spec matching([Conntrack.t()], %{atom() => term()}) :: [Conntrack.t()]
  def matching(entries, wanted) do
    if Map.delete(wanted, :zero) == %{},
      do: entries,
      else: Enum.filter(entries, &matches?(&1, wanted))
  end

  defp matches?(entry, wanted) do
    Enum.all?(wanted, fn
      {:family, family} -> entry.family == family
      {:mark, {mark, mask}} -> Bitwise.band(entry.mark || 0, mask) == mark
      {:zone, zone} -> Conntrack.zone(entry) == zone
      {:zero, _} -> true
    end)
  end

  @doc """
  The fields that identify an entry: one tuple, zone and id.
  """
  @spec identity(Conntrack.t()) :: Conntrack.t()
  def identity(%Conntrack{tuple_orig: orig, tuple_reply: reply} = entry) do
    reply = if orig == nil, do: reply
    whole = %Conntrack{family: entry.family, tuple_orig: orig, tuple_reply: reply}
    key(%{whole | zone: entry.zone, id: entry.id})
  end

  @doc """
  The entry with its zone where the kernel looks for it.

  The zone of a tuple applies to the direction of its attribute, that of the message to both. A
  tuple of either direction, with a zone for both or for its own, is found by the zone of the
  message (net/netfilter/nf_conntrack_core.c, nf_conntrack_find_get). The kernel uses the original
  tuple, or else that of the reply.
  """
  @spec key(Conntrack.t()) :: Conntrack.t()
  def key(%Conntrack{tuple_orig: orig, tuple_reply: reply} = entry) do
    case {entry.zone || 0, tuple_zone(orig || reply)} do
      {zone, own} when own in [nil, 0, zone] or zone == 0 ->
        zone = if own in [nil, 0], do: entry.zone, else: own
        tuples = [tuple_orig: without_zone(orig), tuple_reply: without_zone(reply)]
        with_family(struct!(entry, [zone: zone] ++ tuples))

      _two_zones ->
        with_family(entry)
    end
  end

  @doc """
  The entry with the family of its addresses, unless it has one.
  """
  @spec with_family(Conntrack.t()) :: Conntrack.t()
  def with_family(%Conntrack{family: family, tuple_orig: orig, tuple_reply: reply} = entry)
      when family in [0, :unspec] and (orig != nil or reply != nil),
      do: %{entry | family: Tuple.family(orig || reply)}

  def with_family(entry), do: entry

  @spec tuple_zone(Tuple.t() | nil) :: 0..0xFFFF | nil
  def tuple_zone(nil), do: nil
  def tuple_zone(%Tuple{zone: zone}), do: zone

  defp without_zone(nil), do: nil
  defp without_zone(%Tuple{} = tuple), do: %{tuple | zone: nil}
end

defmodule Linx.Netlink.Nfnl.Nft.ElementDump do
  @moduledoc false
  # Complete dumps of the elements of a set.
  #
  # The kernel fills each part of a dump by a walk of the whole set, which skips as many elements
  # as it has dumped before (net/netfilter/nf_tables_api.c, nf_tables_dump_set). It does not set
  # NLM_F_DUMP_INTR if the walks differ. They differ
  #
  #   * after a transaction: the parts are of different generations;
  #   * while a hash table grows or shrinks, in the background after a transaction
  #     (lib/rhashtable.c): the walks have different orders. Some elements are dumped twice, and as
  #     many are missing;
  #   * when expired elements are removed, or elements of a transaction that is aborted: elements
  #     are missing, and none is dumped twice.
  #
  # A list is complete if one walk filled it, if the kernel counts as many elements, or if it has
  # the elements of the list before. Otherwise the set is read again.

  alias Linx.Netlink.{Batch, Options, Request}
  alias Linx.Netlink.Nfnl.Nft.{Data, Element, Elements, MessageType, Set}

  # NETLINK_NETFILTER of include/uapi/linux/netlink.h.
  @netlink_netfilter 12

  # The default of `Linx.Netlink.Request` for interrupted dumps.
  @dump_retries 2

  @getset MessageType.number(:getset)
  @getsetelem MessageType.number(:getsetelem)

  # Largest error of the kernel's timers, milliseconds: two ticks at CONFIG_HZ=100.
  @timer_error 20

  @doc """
  The elements of a set. `:dump_retries` limits how often an incomplete list is read again.
  """
  @spec read(Batch.target(), Set.t(), [Request.option()]) ::
          {:ok, [Element.t()]} | {:error, Request.error()}
  def read(sock, %Set{family: family, table: table, name: name}, opts) do
    # A dump is made at once, on the socket of a batch.
    sock = Batch.target(sock)

    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_netfilter, []) do
      query = %Elements{family: family, table: table, set: name}
      read(sock, query, request, Keyword.get(request, :dump_retries, @dump_retries), nil)
    end
  end

  defp read(sock, query, opts, retries, previous) do
    begun = System.monotonic_time(:millisecond)

    with {:ok, parts} <- Request.dump(sock, @getsetelem, query, opts) do
      elements = Enum.flat_map(parts, &(&1.elements || []))
      keys = :maps.from_keys(Enum.map(elements, &key/1), [])
      list = %{begun: begun, elements: elements, keys: keys}

      cond do
        map_size(keys) < length(elements) or not one_generation?(parts) ->
          again(sock, query, opts, retries, nil)

        one_walk?(parts) or complete?(list, set(sock, query, opts), previous) ->
          {:ok, elements}

        # The first list needs a second one to compare with.
        previous == nil ->
          read(sock, query, opts, retries, list)

        true ->
          again(sock, query, opts, retries, list)
      end
    end
  end

  defp again(_sock, _query, _opts, 0, _previous), do: {:error, :dump_interrupted}
  defp again(sock, query, opts, n, previous), do: read(sock, query, opts, n - 1, previous)

  # The end of an interval can have the key of the next interval's start.
  defp key(%Element{key: %Data{value: value}, key_end: nil, flags: nil}), do: value
  defp key(%Element{key: key, key_end: key_end, flags: flags}), do: {key, key_end, flags}

  @catchall {nil, nil, [:catchall]}

  # A part has the generation at the start of its walk. The last part is the walk that found no
  # more elements: it shows that the generation did not change before the end.
  defp one_generation?(parts), do: length(Enum.uniq_by(parts, & &1.generation)) <= 1

  # The last part has no elements, or the catchall element alone, which is not part of a walk.
  defp one_walk?(parts), do: Enum.count(parts, &walked?(&1.elements)) <= 1

  defp walked?(elements),
    do: elements not in [nil, []] and not match?([%{flags: [:catchall]}], elements)

  # The set as it is now, for its count and flags; `nil` if it was deleted.
  defp set(sock, query, opts) do
    query = %Set{family: query.family, table: query.table, name: query.set}

    case Request.fetch(sock, @getset, query, Keyword.take(opts, [:timeout, :protocol])) do
      {:ok, set} -> set
      {:error, _reason} -> nil
    end
  end

  defp complete?(_list, nil, _previous), do: false

  defp complete?(list, set, previous),
    do: counted?(list, set) or (previous != nil and agree?(previous, list, set))

  # Whether the list has as many elements as the kernel counts (Linux 6.16), and none was removed
  # while it was read: by expiring, or, in a set with the flag `:eval`, by a packet.
  defp counted?(%{elements: elements, keys: keys, begun: begun}, %Set{} = set) do
    flags = set.flags || []
    count = length(elements) - if(is_map_key(keys, @catchall), do: 1, else: 0)
    # The kernel counts both ends of an interval as one element, except in concatenations.
    count = if :interval in flags and :concat not in flags, do: div(count, 2), else: count
    passed = passed(begun)

    set.count == count and :eval not in flags and not Enum.any?(elements, &expired?(&1, passed))
  end

  # Whether two successive lists have the same elements, except those that expired or were added
  # between them.
  defp agree?(previous, list, set) do
    passed = passed(previous.begun)

    Enum.all?(previous.elements, &(is_map_key(list.keys, key(&1)) or expired?(&1, passed))) and
      Enum.all?(list.elements, &(is_map_key(previous.keys, key(&1)) or added?(&1, set, passed)))
  end

  defp passed(begun), do: System.monotonic_time(:millisecond) - begun + @timer_error

  defp expired?(%Element{expiration: nil}, _passed), do: false
  defp expired?(%Element{expiration: left}, passed), do: left <= passed

  # An element without its own timeout has that of the set.
  defp added?(%Element{expiration: nil}, _set, _passed), do: false

  defp added?(%Element{expiration: left, timeout: timeout}, set, passed),
    do: (timeout || set.timeout || 0) - left <= passed
end

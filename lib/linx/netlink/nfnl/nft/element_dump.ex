defmodule Linx.Netlink.Nfnl.Nft.ElementDump do
  @moduledoc false
  # All elements of a set.
  #
  # The kernel fills each part of the dump by a walk through the whole set, in which it skips as
  # many elements as it has dumped before (net/netfilter/nf_tables_api.c, nf_tables_dump_set).
  # It does not set NLM_F_DUMP_INTR if the walks do not agree, and they do not
  #
  #   * after a transaction: the parts are of different generations;
  #   * while a hash table grows or shrinks, which goes on in the background after a transaction
  #     (lib/rhashtable.c): the walks have different orders. Elements come twice, and as many are
  #     missing;
  #   * when elements are removed that have expired, or that a transaction adds which is not
  #     committed: elements are missing, and none comes twice.
  #
  # So a list is taken for complete if one walk filled it, if the kernel counts as many elements,
  # or if the list before had the same. Otherwise the set is read again.

  alias Linx.Netlink.{Batch, Options, Request}
  alias Linx.Netlink.Nfnl.Nft.{Data, Element, Elements, MessageType, Set}

  # NETLINK_NETFILTER of include/uapi/linux/netlink.h.
  @netlink_netfilter 12

  # As often as a dump that was interrupted; see `Linx.Netlink.Request`.
  @dump_retries 2

  @getset MessageType.number(:getset)
  @getsetelem MessageType.number(:getsetelem)

  # How far the kernel's milliseconds, which it counts by its ticks, may be off: two ticks at
  # CONFIG_HZ=100.
  @tick 20

  @doc """
  The elements of a set. The option `:dump_retries` bounds how often they are read again after
  they turned out to be incomplete.
  """
  @spec read(Batch.target(), Set.t(), [Request.option()]) ::
          {:ok, [Element.t()]} | {:error, Request.error()}
  def read(sock, %Set{family: family, table: table, name: name}, opts) do
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

        # A first list is not wrong yet.
        previous == nil ->
          read(sock, query, opts, retries, list)

        true ->
          again(sock, query, opts, retries, list)
      end
    end
  end

  defp again(_sock, _query, _opts, 0, _previous), do: {:error, :dump_interrupted}
  defp again(sock, query, opts, n, previous), do: read(sock, query, opts, n - 1, previous)

  # An interval's end may have the key with which the next one begins.
  defp key(%Element{key: %Data{value: value}, key_end: nil, flags: nil}), do: value
  defp key(%Element{key: key, key_end: key_end, flags: flags}), do: {key, key_end, flags}

  @catchall {nil, nil, [:catchall]}

  # A part has the generation that there was when its walk began. The last part is the one in
  # which nothing was left, and which shows that there was no other one meanwhile.
  defp one_generation?(parts), do: length(Enum.uniq_by(parts, & &1.generation)) <= 1

  # The last part has no elements but for the catchall, which is not in the walk.
  defp one_walk?(parts), do: Enum.count(parts, &walked?(&1.elements)) <= 1

  defp walked?(elements),
    do: elements not in [nil, []] and not match?([%{flags: [:catchall]}], elements)

  # Both as they are now; `nil` if the set is gone.
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

  # As many as the kernel counts (from Linux 6.16 on), unless some were removed meanwhile: those
  # that expired, or in a set with the flag `:eval`, that a packet removed.
  defp counted?(%{elements: elements, keys: keys, begun: begun}, %Set{} = set) do
    flags = set.flags || []
    count = length(elements) - if(is_map_key(keys, @catchall), do: 1, else: 0)
    # Of intervals, the kernel counts both ends as one, but not in concatenations.
    count = if :interval in flags and :concat not in flags, do: div(count, 2), else: count
    passed = passed(begun)

    set.count == count and :eval not in flags and not Enum.any?(elements, &expired?(&1, passed))
  end

  # Two lists, one after the other, with the same elements; those aside that have expired or
  # were added meanwhile.
  defp agree?(previous, list, set) do
    passed = passed(previous.begun)

    Enum.all?(previous.elements, &(is_map_key(list.keys, key(&1)) or expired?(&1, passed))) and
      Enum.all?(list.elements, &(is_map_key(previous.keys, key(&1)) or added?(&1, set, passed)))
  end

  defp passed(begun), do: System.monotonic_time(:millisecond) - begun + @tick

  defp expired?(%Element{expiration: nil}, _passed), do: false
  defp expired?(%Element{expiration: left}, passed), do: left <= passed

  # An element without a timeout of its own has that of the set.
  defp added?(%Element{expiration: nil}, _set, _passed), do: false

  defp added?(%Element{expiration: left, timeout: timeout}, set, passed),
    do: (timeout || set.timeout || 0) - left <= passed
end

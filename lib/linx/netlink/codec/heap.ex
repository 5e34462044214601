defmodule Linx.Netlink.Codec.Heap do
  @moduledoc false
  # Room on the caller's heap for terms that a native function makes: terms that have no room there
  # are made in pieces beside it, which takes several times as long.

  @doc """
  Does `work` while so many words of the caller's heap are free. Binaries of as many words may be
  received meanwhile.

  The room is made by a minor collection: what the caller has kept for long is not copied.
  """
  @spec with_room(non_neg_integer(), (() -> result)) :: result when result: term()
  # The live part of the heap is known exactly only afterwards: the VM reports how much of a process's
  # heap was in use after the last collection, not how much is in use now.
  def with_room(words, work) do
    before = Process.info(self(), [:min_heap_size, :min_bin_vheap_size])
    {stays, _free} = heap()
    reserve(before, :min_heap_size, stays + words)
    # References to so many bytes of binaries start no collection.
    reserve(before, :min_bin_vheap_size, words)

    try do
      :erlang.garbage_collect(self(), type: :minor)
      {stays, free} = heap()

      if free < words do
        reserve(before, :min_heap_size, stays + words)
        :erlang.garbage_collect(self(), type: :minor)
      end

      work.()
    after
      for {flag, value} <- before, do: Process.flag(flag, value)
    end
  end

  defp reserve(before, flag, words), do: Process.flag(flag, max(before[flag], words))

  @doc """
  Shrinks the heap if less than half of its room was used.
  """
  @spec shrink(non_neg_integer(), non_neg_integer()) :: :ok
  def shrink(room, used) when room > 2 * used do
    true = :erlang.garbage_collect()
    :ok
  end

  def shrink(_room, _used), do: :ok

  # Of the part that a minor collection looks at: what was in use after the last collection, and
  # what is left of it if nothing has been added since.
  defp heap do
    {:garbage_collection_info, info} = Process.info(self(), :garbage_collection_info)
    {info[:recent_size], info[:heap_block_size] - info[:recent_size] - info[:stack_size]}
  end
end

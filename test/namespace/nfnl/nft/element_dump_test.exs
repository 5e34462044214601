defmodule Linx.Namespace.Nfnl.Nft.ElementDumpTest do
  # Lists of sets that change, or that the kernel rehashes, while they are read.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.Nfnl
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Data, Element, Set, Table}

  setup :with_nfnl

  @table %Table{family: :inet, name: "t"}
  @set %Set{family: :inet, table: "t", name: "s", key_type: 7, key_len: 4}

  defp keys(numbers), do: for(n <- numbers, do: %Element{key: Data.value(<<n::32>>)})
  defp numbers(elements), do: for(%{key: %{value: <<n::32>>}} <- elements, do: n)

  defp fill(sock, set, elements) do
    made = [Nft.destroy(@table), Nft.add(@table), Nft.add(set)]
    :ok = Nfnl.batch(sock, made ++ Nft.add_elements(set, elements), :nftables, timeout: :infinity)
  end

  # Just above three quarters of 32768 (lib/rhashtable.c): the last elements make the kernel
  # double the hash table in the background.
  @count 25_000

  @kinds [
    set: {%{@set | flags: []}, []},
    timeouts: {%{@set | flags: [:timeout], timeout: 3_600_000}, []},
    dynamic: {%{@set | flags: [:timeout, :eval], timeout: 3_600_000}, []},
    map: {%{@set | flags: [:map], data_type: 19, data_len: 4}, data: Data.value(<<1::32>>)}
  ]

  for {name, _} <- @kinds do
    test "all elements of a #{name} whose hash table has just grown are listed once",
         %{ns: ns, sock: sock} do
      {set, more} = @kinds[unquote(name)]
      elements = 1..@count |> keys() |> Enum.map(&struct!(&1, more))

      where(ns, [:inet], fn ->
        for _round <- 1..3 do
          fill(sock, set, elements)
          assert {:ok, listed} = Nft.elements(sock, set, dump_retries: 1000, timeout: :infinity)
          assert length(listed) == @count
          assert listed |> numbers() |> Enum.sort() == Enum.to_list(1..@count)
        end
      end)
    end
  end

  test "without retries, a list is complete or refused", %{ns: ns, sock: sock} do
    where(ns, [:inet], fn ->
      for _round <- 1..5 do
        fill(sock, @set, keys(1..@count))

        case Nft.elements(sock, @set, dump_retries: 0, timeout: :infinity) do
          {:ok, listed} -> assert listed |> numbers() |> Enum.sort() == Enum.to_list(1..@count)
          {:error, reason} -> assert reason == :dump_interrupted
        end
      end
    end)
  end

  test "a list is of one generation", %{ns: ns, path: path, sock: sock} do
    where(ns, [:inet], fn ->
      [odd, even] = for n <- [1, 2], do: keys(n..8000//2)
      replace = fn new -> [Nft.flush(@set) | Nft.add_elements(@set, new)] end
      fill(sock, @set, odd)

      {:ok, other} = Nfnl.open({:path, path})

      writer =
        Task.async(fn ->
          [replace.(even), replace.(odd)]
          |> Stream.cycle()
          |> Enum.reduce_while(0, fn messages, count ->
            :ok = Nfnl.batch(other, messages, :nftables, timeout: :infinity)
            if received?(:done), do: {:halt, count}, else: {:cont, count}
          end)
        end)

      for _round <- 1..30 do
        assert {:ok, listed} = Nft.elements(sock, @set, dump_retries: 10_000, timeout: :infinity)
        assert listed |> numbers() |> Enum.sort() |> then(&(&1 in [numbers(odd), numbers(even)]))
      end

      send(writer.pid, :done)
      Task.await(writer, :infinity)
    end)
  end

  defp received?(message) do
    receive do
      ^message -> true
    after
      0 -> false
    end
  end

  test "a list has all lasting elements while others expire", %{ns: ns, sock: sock} do
    where(ns, [:inet], fn ->
      set = %{@set | flags: [:timeout], timeout: 3_600_000, gc_interval: 1}

      lasting = keys(1..6000)

      passing =
        for {element, n} <- Enum.with_index(keys(10_001..16_000)),
            do: %{element | timeout: 1 + div(n, 3)}

      fill(sock, set, Enum.shuffle(lasting ++ passing))

      lists =
        Stream.repeatedly(fn ->
          assert {:ok, listed} = Nft.elements(sock, set, dump_retries: 1000, timeout: :infinity)
          all = numbers(listed)
          assert all == Enum.uniq(all)
          assert all |> Enum.filter(&(&1 <= 6000)) |> Enum.sort() == Enum.to_list(1..6000)
          length(all)
        end)

      assert Enum.find(lists, &(&1 == 6000))
    end)
  end
end

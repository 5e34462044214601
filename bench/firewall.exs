defmodule Bench.Firewall do
  @moduledoc false
  # Sets of nf_tables, compared with `nft`, in a named namespace.

  import Bench.Measure

  alias Linx.Netlink.{Nfnl, Socket}
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Data, Element, Set, Table}

  @count 10_000

  def run(ns) do
    {:ok, sock} = Nfnl.open({:path, "/run/netns/#{ns}"})
    set = %Set{family: :ip, table: "bench", name: "s", key_type: 7, key_len: 4}
    :ok = Nfnl.batch(sock, [Nft.add(%Table{family: :ip, name: "bench"})])
    [adding(ns, sock, set), listing(ns, sock, set)]
  after
    {_, 0} = System.cmd("ip", ["netns", "exec", ns, "nft", "delete table ip bench"])
  end

  # Each sample creates the set first: its cost cannot be measured separately.
  defp adding(ns, sock, set) do
    start = [Nft.destroy(set), Nft.add(set)]

    batch = fn ->
      elements = for n <- 1..@count, do: %Element{key: Data.value(<<10, n::24>>)}
      :ok = Nfnl.batch(sock, start ++ Nft.add_elements(set, elements))
    end

    file = Path.join(System.tmp_dir!(), "linx-bench-set")

    File.write!(file, [
      "add set ip bench s { type ipv4_addr; }\ndelete set ip bench s\n",
      "add set ip bench s { type ipv4_addr; }\nadd element ip bench s { ",
      1..@count |> Enum.map(&address/1) |> Enum.intersperse(", "),
      " }\n"
    ])

    rows =
      in_turn([
        {"`nft -f`, from a file",
         fn -> command(2, "nsenter --net=/run/netns/#{ns} nft -f #{file}") end},
        {"`Nfnl.batch/4`, from Elixir terms", fn -> sample(1, batch) end}
      ])

    File.rm!(file)
    table("k. Adding #{@count} elements to a set, in one transaction", rows)
  end

  defp listing(ns, sock, set) do
    {:ok, elements} = Nft.elements(sock, set)
    @count = length(elements)
    list = "nsenter --net=/run/netns/#{ns} nft -json list set ip bench s"

    rows =
      in_turn([
        {"`nft -json list set`", fn -> command(2, list) end},
        {"`Nft.elements/2`, into structs",
         fn -> sample(5, fn -> {:ok, _} = Nft.elements(sock, set) end) end}
      ])

    :ok = Socket.close(sock)
    table("l. Listing them", rows)
  end

  defp address(n), do: "10.#{div(n, 65_536)}.#{rem(div(n, 256), 256)}.#{rem(n, 256)}"
end

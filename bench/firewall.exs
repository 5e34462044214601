defmodule Bench.Firewall do
  @moduledoc false
  # Sets of nf_tables and tracked connections, compared with `nft`, `conntrack` and other libraries, in
  # a named namespace.

  import Bench.Lists, only: [discard: 4, listed: 3, made: 3, size: 3, with_rivals: 2]
  import Bench.Measure

  alias Bench.{Input, Rivals}
  alias Linx.Netlink.{Nfnl, Request, Socket}
  alias Linx.Netlink.Nfnl.{Conntrack, Nft}
  alias Linx.Netlink.Nfnl.Nft.{Data, Element, Elements, Set, Table}

  @count 10_000

  # NETLINK_NETFILTER; NFT_MSG_GETSETELEM and IPCTNL_MSG_CT_GET with their subsystems.
  @netfilter 12
  @getsetelem 0xA0D
  @get_conntrack 0x101

  def run(ns, floor, bin) do
    {:ok, sock} = Nfnl.open({:path, "/run/netns/#{ns}"})
    set = %Set{family: :ip, table: "bench", name: "s", key_type: 7, key_len: 4}
    :ok = Nfnl.batch(sock, [Nft.add(%Table{family: :ip, name: "bench"})])
    where = {ns, floor, bin}
    tables = [adding(ns, sock, set), listing(where, sock, set), connections(where, sock)]
    :ok = Socket.close(sock)
    tables
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

    file = Input.file("set")

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

  # `nlink` also lists the sets of the table.
  defp listing({ns, floor, bin}, sock, set) do
    {:ok, [element | _] = elements} = Nft.elements(sock, set)
    @count = length(elements)
    query = %Elements{family: set.family, table: set.table, set: set.name}
    request = {@netfilter, @getsetelem, Elements.encode(query)}
    {bytes, _messages} = size(floor, request, ns)
    list = "nsenter --net=/run/netns/#{ns} nft -json list set ip bench s"

    [
      discard(floor, request, 5, ns),
      {"`Nft.elements/2`", fn -> sample(5, fn -> {:ok, _} = Nft.elements(sock, set) end) end},
      made(@count, 5, &%{element | key: %{element.key | value: <<&1::32>>}}),
      {"`nft -json list set`", fn -> command(2, list) end}
    ]
    |> with_rivals(Rivals.rows(bin, :elements, @count, 5, ns))
    |> listed("l. Listing #{@count} elements of a set (#{bytes} bytes)", ["`Nft.elements/2`"])
  end

  defp connections({ns, floor, bin}, sock) do
    Input.add_connections(sock, 1..@count)
    request = {@netfilter, @get_conntrack, Conntrack.encode(%Conntrack{family: :ipv4})}
    {bytes, @count} = size(floor, request, ns)
    {:ok, [entry | _] = entries} = Conntrack.list(sock)
    @count = length(entries)
    stream = fn -> sock |> Request.stream!(@get_conntrack, %Conntrack{}) |> Enum.count() end

    rows =
      with_rivals(
        [
          discard(floor, request, 5, ns),
          {"`Conntrack.list/1`", fn -> sample(5, fn -> {:ok, _} = Conntrack.list(sock) end) end},
          {"`Request.stream!/3`, counted", fn -> sample(5, stream) end},
          made(@count, 5, &changed(entry, &1)),
          {"`conntrack -L`",
           fn -> command(2, "nsenter --net=/run/netns/#{ns} conntrack -L 2>/dev/null") end}
        ],
        Rivals.rows(bin, :connections, @count, 5, ns)
      )

    :ok = Conntrack.flush(sock)

    listed(rows, "r. Listing #{@count} tracked connections (#{bytes} bytes)", [
      "`Conntrack.list/1`"
    ])
  end

  # With other addresses and ports in both tuples.
  defp changed(entry, n) do
    ip = %{entry.tuple_orig.ip.v4_src | bytes: <<n::32>>}

    %{
      entry
      | id: n,
        tuple_orig: %{
          entry.tuple_orig
          | ip: %{entry.tuple_orig.ip | v4_src: ip},
            proto: %{entry.tuple_orig.proto | src_port: n}
        },
        tuple_reply: %{
          entry.tuple_reply
          | ip: %{entry.tuple_reply.ip | v4_dst: ip},
            proto: %{entry.tuple_reply.proto | dst_port: n}
        }
    }
  end

  defp address(n), do: "10.#{div(n, 65_536)}.#{rem(div(n, 256), 256)}.#{rem(n, 256)}"
end

defmodule Bench.Filters do
  @moduledoc false
  # Filters of traffic control, compared with `tc` and with the least that they can cost. Where this kernel
  # lacks them, and $RUN_IN_VM is a program that runs a command under another one, they are measured there.

  import Bench.Lists, only: [discard: 4, listed: 4, made: 3, size: 3]
  import Bench.Measure

  alias Bench.{Guest, Input}
  alias Linx.Netlink.{Batch, Rtnl}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.{Filter, Qdisc}

  @count 10_000
  @list "`Filter.list/3`"

  # NETLINK_ROUTE, RTM_GETTFILTER; TC_H_CLSACT with TC_H_MIN_INGRESS.
  @route 0
  @get 46
  @ingress 0xFFFFFFF2

  @place [parent: :ingress, prio: 1, protocol: :ip]

  def run(floor) do
    {_, 0} = System.cmd("ip", ["netns", "add", "filters"])
    {:ok, sock} = Rtnl.open({:path, "/run/netns/filters"})
    :ok = Link.create_veth(sock, "v0", "v1")

    with :ok <- Qdisc.add(sock, "v0", :clsact),
         :ok <- Filter.add(sock, "v0", :flower, options(1)) do
      :ok = Filter.flush(sock, "v0", parent: :ingress)
      [adding(sock), listing(sock, floor)]
    else
      {:error, _} ->
        Guest.tables("filters_in_vm.exs", [floor], "tables v and w", "flower filters")
    end
  after
    System.cmd("ip", ["netns", "delete", "filters"])
  end

  # The addresses and ports differ, the masks do not.
  defp options(n) do
    [
      handle: n,
      ip_proto: :tcp,
      dst_ip: "10.#{div(n, 65_536)}.#{rem(div(n, 256), 256)}.#{rem(n, 256)}",
      dst_port: 80,
      actions: [gact: [action: :drop]]
    ] ++ @place
  end

  defp adding(sock) do
    file = Input.file("filters")

    File.write!(
      file,
      for(n <- 1..@count, do: "filter add dev v0 ingress #{words(options(n))} action drop\n")
    )

    add = fn ->
      {:ok, results} =
        Batch.run(sock, fn batch ->
          for n <- 1..@count, do: Filter.add(batch, "v0", :flower, options(n))
        end)

      [:ok] = Enum.uniq(results)
    end

    rows =
      in_turn([
        {"`tc -batch`, from a file",
         fn -> flushed(command(1, "tc -n filters -batch #{file}"), sock) end},
        {"`Batch.run/2`, from Elixir terms", fn -> flushed(once(add), sock) end}
      ])

    add.()
    File.rm!(file)

    [
      table("v. Adding #{@count} filters of the kind flower", rows),
      multiples(rows, "`Batch.run/2`", ["`tc -batch`"])
    ]
  end

  defp words(opts) do
    "prio #{opts[:prio]} protocol ip handle #{opts[:handle]} flower ip_proto tcp " <>
      "dst_ip #{opts[:dst_ip]} dst_port #{opts[:dst_port]}"
  end

  # Deleting them is not measured.
  defp flushed(figures, sock) do
    {:ok, filters} = Filter.list(sock, "v0", parent: :ingress)
    # The kernel lists the priority as well.
    true = length(filters) == @count + 1
    :ok = Filter.flush(sock, "v0", parent: :ingress)
    figures
  end

  defp listing(sock, floor) do
    {:ok, %{index: index}} = Link.get(sock, "v0")
    body = <<0::32, index::native-signed-32, 0::32, @ingress::native-32, 0::32>>
    request = {@route, @get, body}
    {bytes, messages} = size(floor, request, "filters")
    {:ok, filters} = Filter.list(sock, "v0", parent: :ingress)
    true = length(filters) == messages
    filter = List.last(filters)
    list = fn -> {:ok, _} = Filter.list(sock, index, parent: :ingress) end

    in_turn([
      discard(floor, request, 5, "filters"),
      {@list, fn -> sample(5, list) end},
      made(messages, 5, &changed(filter, &1)),
      {"`tc -json -statistics filter show`",
       fn -> command(2, "tc -n filters -json -statistics filter show dev v0 ingress") end}
    ])
    |> listed("w. Listing #{messages} filters of the kind flower (#{bytes} bytes)", [@list], [
      "receive and discard",
      "the bound",
      "`tc -json"
    ])
  end

  # With another handle, address and index of the action; the counters are those of another action as well.
  defp changed(%{options: %{act: [action]} = options} = filter, n) do
    parms = %{action.options.parms | index: n}
    tm = %{action.options.tm | install: n}
    basic = %{action.stats.basic | packets: n}

    action = %{
      action
      | options: %{action.options | parms: parms, tm: tm},
        stats: %{action.stats | basic: basic, queue: %{action.stats.queue | drops: n}}
    }

    dst = %{options.key_ipv4_dst | bytes: <<n::32>>}
    %{filter | handle: n, options: %{options | key_ipv4_dst: dst, act: [action]}}
  end
end

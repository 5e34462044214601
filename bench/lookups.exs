defmodule Bench.Lookups do
  @moduledoc false
  # Lookups of routes, in one batch and one by one.

  import Bench.Measure

  alias Bench.Input
  alias Linx.Netlink.Batch
  alias Linx.Netlink.Rtnl.{Link, Route}

  @lookups 10_000

  def run(sock, floor) do
    :ok = Link.set_up(sock, "lo")
    addresses = for n <- 0..(@lookups - 1), do: "127.0.#{div(n, 256)}.#{rem(n, 256)}"
    file = Input.file("lookups")
    File.write!(file, for(address <- addresses, do: "route get #{address}\n"))

    batch = fn ->
      {:ok, results} =
        Batch.run(sock, fn batch -> for address <- addresses, do: Route.get(batch, address) end)

      @lookups = Enum.count(results, &match?({:ok, %Route{}}, &1))
    end

    each = fn -> for address <- addresses, do: {:ok, %Route{}} = Route.get(sock, address) end

    rows =
      in_turn([
        {"one by one in Rust", fn -> floor(floor, "lookups", @lookups, 5) end},
        {"`Batch.run/2` with `Route.get/2`", fn -> sample(5, batch) end},
        {"`Route.get/2`, one by one", fn -> sample(2, each) end},
        {"`ip -batch`, from a file", fn -> command(1, "ip -batch #{file}") end}
      ])

    File.rm!(file)
    table("o. Looking up the routes of #{@lookups} addresses, into structs", rows)
  end
end

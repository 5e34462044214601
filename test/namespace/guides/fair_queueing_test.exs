defmodule Linx.Namespace.Guides.FairQueueingTest do
  # Evaluates the code of docs/guides/fair_queueing.md in one session. The judge of its qdiscs and classes is tc.
  use Linx.Test.NamespaceCase

  import Linx.Test.Tc

  alias Linx.Test.Document

  @moduletag :vm

  @guide "docs/guides/fair_queueing.md"

  test "all examples run one after the other in one session" do
    {limits, [tree | rest]} =
      @guide |> Document.examples!(14) |> Enum.split_while(&(not (&1 =~ "want = fn")))

    session = Document.run(limits, @guide)

    assert {%{"bandwidth" => 2_250_000, "diffserv" => "diffserv4", "nat" => true}, _} =
             tc_shown("edge", "wan0")

    assert {%{"bandwidth" => 11_250_000, "flowmode" => "dual-dsthost", "ingress" => true}, _} =
             tc_shown("edge", "ifb0")

    session = Document.run([tree], @guide, session)
    classes = tc!("edge", "class show dev wan0")

    for class <- [
          "1:1 root rate 18Mbit ceil 18Mbit",
          "1:10 parent 1:1 leaf 10: prio 0 rate 2Mbit ceil 18Mbit",
          "1:20 parent 1:1 leaf 20: prio 1 rate 14Mbit ceil 18Mbit",
          "1:30 parent 1:1 leaf 30: prio 2 rate 1Mbit ceil 1Mbit"
        ],
        do: assert(classes =~ "class htb #{class} ")

    assert tc!("edge", "filter show dev wan0 parent 1:") =~ ~r/pref 20 flower.*classid 1:30/s

    Document.run(rest, @guide, session)
    assert tc!("edge", "class show dev wan0") == ""
  end
end

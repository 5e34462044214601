defmodule Linx.Namespace.Guides.CountingTest do
  # Evaluates the code of docs/guides/counting.md in one session. The judge of the counters is tc.
  use Linx.Test.NamespaceCase

  import Linx.Test.Tc

  alias Linx.Test.Document

  @moduletag :vm

  @guide "docs/guides/counting.md"

  # The packets and bytes of filters by priority and handle, as tc shows them.
  defp counters do
    for %{"options" => %{"actions" => actions} = options} = filter <-
          tc_json("box", "filter show dev eth0 ingress"),
        %{"stats" => stats} <- Enum.take(actions, 1),
        into: %{},
        do: {{filter["pref"], options["handle"]}, {stats["packets"], stats["bytes"]}}
  end

  test "all examples run one after the other in one session" do
    {filters, [_many | _] = rest} =
      @guide |> Document.examples!(18) |> Enum.split_while(&(not (&1 =~ "Batch.run")))

    session = Document.run(filters, @guide)

    assert counters() == %{
             {10, 1} => {3, 384},
             {10, 2} => {3, 384},
             {20, 1} => {3, 384},
             {20, 2} => {3, 384},
             {20, 3} => {0, 0},
             {30, 1} => {1, 34},
             {40, 1} => {0, 0}
           }

    Document.run(rest, @guide, session)
    assert %{{20, 1} => {4, 512}, {60, 1} => {7, 896}} = counters()
  end
end

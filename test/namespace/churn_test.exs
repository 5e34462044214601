defmodule Linx.Netlink.ChurnTest do
  # The short form of `make churn`, with no bound on how long news may take.
  use Linx.Test.NamespaceCase

  alias Linx.Test.Churn

  test "while links come and go, every read is right", %{ns: ns} do
    counts = Churn.run(ns, 5, 600_000)
    assert Churn.broken(counts) == []
    for what <- [:pairs, :reads, :lists], do: assert({what, counts[what] > 0} == {what, true})
  end
end

defmodule Linx.Namespace.Rtnl.View.ChurnTest do
  # `make churn` for a few seconds, without a limit for the delay of notifications.
  use Linx.Test.NamespaceCase

  alias Linx.Test.LinkChurn

  test "every read is consistent while links are created and deleted", %{ns: ns} do
    counts = LinkChurn.run(ns, 5, 600_000)
    assert LinkChurn.violations(counts) == []
    for what <- [:pairs, :reads, :lists], do: assert({what, counts[what] > 0} == {what, true})
  end
end

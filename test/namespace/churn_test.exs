defmodule Linx.Netlink.ChurnTest do
  # The short form of `make churn`.
  use Linx.Test.NamespaceCase

  alias Linx.Test.Churn

  @tag timeout: 120_000
  test "while links come and go, every read is right", %{ns: ns} do
    counts = Churn.run(ns, 5)
    assert Churn.broken(counts) == []
    assert counts.pairs > 50
    assert counts.reads > 500
    assert counts.lists > 100
  end
end

defmodule Linx.Namespace.Generic.Ethtool.GuideTest do
  # Evaluates the code of docs/guides/ethtool.md in one session.
  use Linx.Test.NamespaceCase

  test "all examples run one after the other in one session" do
    Linx.Test.Document.guide!("docs/guides/ethtool.md", 10)
  end
end

defmodule Linx.Namespace.Generic.WireGuard.GuideTest do
  # Evaluates the code of docs/guides/wireguard.md in one session.
  use Linx.Test.NamespaceCase

  @moduletag :vm

  test "all examples run one after the other in one session" do
    Linx.Test.Document.guide!("docs/guides/wireguard.md", 13)
  end
end

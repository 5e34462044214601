defmodule Linx.Netlink.Nfnl.DocumentationTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Codec.Definition

  test "every field of a struct of netfilter has a description" do
    {:ok, modules} = :application.get_key(:linx, :modules)

    rows =
      for module <- modules,
          inspect(module) =~ ~r/^Linx\.Netlink\.Nfnl\b/,
          Code.ensure_loaded?(module),
          function_exported?(module, :__codec__, 1),
          row <- Definition.rows(module.__codec__(:definition)),
          do: {module, row}

    assert length(rows) > 350
    assert for({module, %{text: nil, name: name}} <- rows, do: {module, name}) == []
  end
end

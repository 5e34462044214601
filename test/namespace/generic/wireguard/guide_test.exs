defmodule Linx.Namespace.Generic.WireGuard.GuideTest do
  # Evaluates the code of docs/guides/wireguard.md in one session.
  use Linx.Test.NamespaceCase

  alias Linx.Test.Document

  @moduletag :vm

  @file_name "docs/guides/wireguard.md"
  @guide File.read!(@file_name)

  test "all examples run one after the other in one session" do
    for block <- Document.blocks(@guide, "sh"),
        ["ip", "netns", "add", name] = words <-
          block |> String.split("\n", trim: true) |> Enum.map(&String.split/1) do
      {_, 0} = System.cmd(hd(words), tl(words))
      on_exit(fn -> {_, 0} = System.cmd("ip", ["netns", "delete", name]) end)
    end

    examples = Document.blocks(@guide, "elixir")
    assert length(examples) > 12
    Document.run(examples, @file_name)
  end
end

defmodule Linx.Namespace.Guides.BadNetworkTest do
  # Evaluates the code of docs/guides/bad_network.md, and its test in a VM of its own.
  use Linx.Test.NamespaceCase

  alias Linx.Test.Document

  @moduletag :vm

  @guide "docs/guides/bad_network.md"

  test "all examples run one after the other in one session" do
    Document.guide!(@guide, 20)
  end

  test "the test of a program passes" do
    assert [test] = @guide |> File.read!() |> Document.blocks("elixir test")
    file = Path.join(System.tmp_dir!(), "linx-guide-#{System.pid()}.exs")
    on_exit(fn -> File.rm(file) end)
    File.write!(file, test)

    start = "Application.ensure_all_started(:linx); ExUnit.start()"
    args = ["-pa", Application.app_dir(:linx, "ebin"), "-e", start, "-r", file]
    {output, status} = System.cmd("elixir", args, stderr_to_stdout: true)
    assert {output, status} == {output, 0}
    assert output =~ "3 tests, 0 failures"
  end
end

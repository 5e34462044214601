defmodule Linx.Test.NamespaceCase do
  @moduledoc false
  # For the tests of test/namespace: each has a network namespace of its own, `ns` and `path` of its
  # context, and the functions of `Linx.Test.Netns` and `Linx.Test.Wait`.

  use ExUnit.CaseTemplate

  using do
    quote do
      import Linx.Test.Netns
      import Linx.Test.Wait
    end
  end

  # These tests must not run in the machine's namespace, whichever files and tags `mix test` is given.
  setup_all do
    case System.get_env("LINX_TEST_ISOLATED") do
      nil -> raise "run this test as `mix test FILE`, or any command under test/isolated"
      expected -> assert {expected, File.read_link!("/proc/self/ns/net")} == {expected, expected}
    end

    :ok
  end

  setup do
    Linx.Test.Netns.with_netns()
  end
end

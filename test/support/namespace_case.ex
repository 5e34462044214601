defmodule Linx.Test.NamespaceCase do
  @moduledoc false
  # For the tests of test/namespace: each starts with a fresh network namespace, `ns` and `path` of
  # its context, and has the functions of `Linx.Test.Netns` and `Linx.Test.Wait`.

  use ExUnit.CaseTemplate

  using do
    quote do
      import Linx.Test.Netns
      import Linx.Test.Wait
    end
  end

  # Such a test must not run in the machine's namespace, whatever files and tags are given.
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

defmodule Linx.Netlink.Request.LocklessTest do
  # Changes the version of the kernel that the module remembers: not async.
  use ExUnit.Case, async: false

  alias Linx.Netlink.Nfnl.Conntrack
  alias Linx.Netlink.Nfnl.Nft.{Gen, Set}
  alias Linx.Netlink.Request.Lockless
  alias Linx.Netlink.Rtnl.{Link, Neighbour, Route}

  # By what `uname` reports.
  defp on_kernel(version) do
    before = :persistent_term.get(Lockless, nil)
    :persistent_term.put(Lockless, version)

    on_exit(fn ->
      if before,
        do: :persistent_term.put(Lockless, before),
        else: :persistent_term.erase(Lockless)
    end)
  end

  test "lookups of routes need no lock" do
    on_kernel({5, 10, 0})
    for family <- [2, 10], do: assert(Lockless.request?(0, 26, %Route{family: family}))
    refute Lockless.request?(0, 26, %Route{family: 28})
    # NETLINK_NETFILTER has other messages of this type.
    refute Lockless.request?(12, 26, %Route{family: 2})
    on_kernel({5, 9, 16})
    refute Lockless.request?(0, 26, %Route{family: 2})
  end

  test "neighbours need no lock from Linux 6.18 on, entries of a forwarding table always" do
    on_kernel({6, 17, 9})
    refute Lockless.request?(0, 30, %Neighbour{family: 2})
    on_kernel({6, 18, 0})
    for family <- [2, 10], do: assert(Lockless.request?(0, 30, %Neighbour{family: family}))
    refute Lockless.request?(0, 30, %Neighbour{family: 7})
  end

  test "sets and the generation of nf_tables need no lock, once the module is known to be loaded" do
    on_kernel({5, 10, 0})
    known = {Lockless, 10}
    before = :persistent_term.get(known, false)
    :persistent_term.put(known, false)
    on_exit(fn -> :persistent_term.put(known, before) end)

    for {type, query} <- [{0x0A10, %Gen{}}, {0x0A0A, %Set{}}] do
      refute Lockless.request?(12, type, query)
      :ok = Lockless.answered(12, 0x0A10)
      assert Lockless.request?(12, type, query)
      :persistent_term.put(known, false)
    end

    # Another subsystem.
    :ok = Lockless.answered(12, 0x0101)
    refute Lockless.request?(12, 0x0A10, %Gen{})
  end

  test "connections need the mutex of their subsystem" do
    on_kernel({7, 2, 0})
    :ok = Lockless.answered(12, 0x0101)
    refute Lockless.request?(12, 0x0101, %Conntrack{})
  end

  test "links need the rtnl lock" do
    on_kernel({7, 2, 0})
    refute Lockless.request?(0, 18, %Link{})
  end

  test "the version is that of the running kernel" do
    before = :persistent_term.get(Lockless, nil)
    :persistent_term.erase(Lockless)
    _ = Lockless.request?(0, 26, %Route{family: 2})
    assert :persistent_term.get(Lockless) == :os.version()
    if before, do: :persistent_term.put(Lockless, before)
  end
end

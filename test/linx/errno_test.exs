defmodule Linx.ErrnoTest do
  use ExUnit.Case, async: true

  alias Linx.Errno

  doctest Linx.Errno

  test "atom/1 and code/1 are inverse to each other" do
    named = for code <- 1..600, (name = Errno.atom(code)) != :unknown, do: {name, code}
    assert length(named) > 130
    for {name, code} <- named, do: assert({name, Errno.code(name)} == {name, code})
  end

  test "second names have the number of the first name" do
    assert {Errno.code(:ewouldblock), Errno.atom(11)} == {11, :eagain}
    assert {Errno.code(:edeadlock), Errno.atom(35)} == {35, :edeadlk}
    assert {Errno.code(:enotsup), Errno.atom(95)} == {95, :eopnotsupp}
  end

  test "an unknown name has no number" do
    for name <- [:unknown, :nope, nil, true, :EPERM], do: assert(Errno.code(name) == nil)
    assert Errno.atom(0) == :unknown
    assert Errno.atom(-19) == :unknown
  end

  test "code/1 of any other term than an atom is a FunctionClauseError" do
    assert_raise FunctionClauseError, fn -> apply(Errno, :code, ["eperm"]) end
    assert_raise FunctionClauseError, fn -> apply(Errno, :atom, [:eperm]) end
  end
end

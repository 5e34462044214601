defmodule Linx.ErrnoTest do
  use ExUnit.Case, async: true

  alias Linx.Errno

  doctest Linx.Errno

  test "atom/1 and code/1 are inverse to each other" do
    named = for code <- 1..600, (name = Errno.atom(code)) != :unknown, do: {name, code}
    assert length(named) > 130
    for {name, code} <- named, do: assert({name, Errno.code(name)} == {name, code})
  end

  test "a second name has the number of the first name, which atom/1 returns" do
    assert {Errno.code(:ewouldblock), Errno.atom(11)} == {11, :eagain}
    assert {Errno.code(:edeadlock), Errno.atom(35)} == {35, :edeadlk}
    assert {Errno.code(:enotsup), Errno.atom(95)} == {95, :eopnotsupp}
  end

  test "an unknown name has no number, and an unknown number no name" do
    for name <- [:unknown, :nope, nil, true, :EPERM], do: assert(Errno.code(name) == nil)
    assert Errno.atom(0) == :unknown
    assert Errno.atom(-19) == :unknown
  end

  test "code/1 of text and atom/1 of an atom raise FunctionClauseError" do
    assert_raise FunctionClauseError, fn -> apply(Errno, :code, ["eperm"]) end
    assert_raise FunctionClauseError, fn -> apply(Errno, :atom, [:eperm]) end
  end
end

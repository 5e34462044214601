defmodule Linx.Netlink.Nfnl.Nft.AccessorsTest do
  # Predicates, and names of numbers, of structs of nf_tables.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Nfnl.Nft.{Chain, DataType, Element, Hook, Rule, Set, Table, Userdata}
  alias Linx.Netlink.Nfnl.Nft.Expr.Reject
  alias Linx.Test.Headers

  doctest Chain
  doctest DataType
  doctest Element
  doctest Reject
  doctest Set
  doctest Table
  doctest Userdata

  test "predicates read flags in each form" do
    for flags <- [[:owner], 0x2, [:owner, 0x80], [0x2]] do
      assert Table.owned?(%Table{flags: flags})
      refute Table.dormant?(%Table{flags: flags})
    end

    for flags <- [nil, [], 0, [:persist]], do: refute(Table.owned?(%Table{flags: flags}))
    assert Set.anonymous?(%Set{flags: 0x1}) and Set.dynamic?(%Set{flags: [:eval]})
    assert Element.interval_end?(%Element{flags: 0x1})
    refute Element.catchall?(%Element{})
  end

  test "a base chain has a hook, whose name and priority depend on the family" do
    hook = %Hook{hooknum: 0, priority: -300}
    chain = %Chain{family: :ip6, hook: hook}
    assert Chain.base?(chain)
    assert {Chain.hook_name(chain), Chain.priority_name(chain)} == {:prerouting, :raw}

    netdev = %Chain{family: :netdev, hook: hook}
    assert {Chain.hook_name(netdev), Chain.priority_name(netdev)} == {:ingress, -300}

    regular = %Chain{family: :ip6}
    refute Chain.base?(regular)
    assert {Chain.hook_name(regular), Chain.priority_name(regular)} == {nil, nil}
  end

  test "codes of icmpx have the kernel's numbers" do
    codes = Reject.__icmpx__()
    names = for {name, _} <- codes, do: "NFT_REJECT_ICMPX_#{String.upcase(to_string(name))}"

    if Headers.available?() or System.get_env("CI") do
      %{values: values} = Headers.read(["linux/netfilter/nf_tables.h"], names, %{})
      assert Enum.map(names, &Map.fetch!(values, &1)) == Keyword.values(codes)
    else
      IO.puts(:stderr, "\nNo kernel headers or no C compiler: codes are not compared.")
    end

    for {name, number} <- codes do
      assert %Reject{type: :icmpx_unreach, icmp_code: ^number} = reject = Reject.icmpx(name)
      assert Reject.code_name(reject) == name
    end

    assert Reject.code_name(%Reject{type: :icmpx_unreach, icmp_code: 9}) == 9
    assert Reject.code_name(%Reject{type: :icmp_unreach, icmp_code: 3}) == 3
    assert_raise KeyError, fn -> Reject.icmpx(:no_such_code) end
  end

  test "types of concatenations have six bits for each field" do
    assert DataType.number([:mark]) == DataType.number(:mark)
    five = [:ipv4_addr, :inet_service, :inet_proto, :ifname, :mark]
    assert DataType.names(DataType.number(five)) == five
    assert DataType.names(63) == [63]
    assert DataType.names(0) == [0]
    assert DataType.names(DataType.number(:verdict)) == [:verdict]

    for bad <- [:no_such_type, [], [:mark, :no_such_type], List.duplicate(:mark, 6), "mark", 7],
        do: assert_raise(ArgumentError, fn -> DataType.number(bad) end)
  end

  test "a comment is one entry of userdata, and other entries are kept" do
    rule = %Rule{userdata: <<1, 2, "ab", 0, 4, "old", 0>>}
    assert Userdata.comment(rule) == "old"
    assert Userdata.put_comment(rule, "new").userdata == <<1, 2, "ab", 0, 4, "new", 0>>
    assert Userdata.put_comment(rule, nil).userdata == <<1, 2, "ab">>
    assert Userdata.put_comment(%Rule{userdata: <<0, 2, "a", 0>>}, nil).userdata == nil

    # In a set, the comment is entry 7.
    set = Userdata.put_comment(%Set{userdata: <<0, 4, 2::native-32>>}, "s")
    assert set.userdata == <<0, 4, 2::native-32, 7, 2, "s", 0>>
    assert Userdata.comment(set) == "s"

    for userdata <- [nil, <<>>, <<9>>, <<0, 5, "x">>, "of another program"] do
      assert Userdata.comment(%Rule{userdata: userdata}) == nil
      assert Userdata.put_comment(%Rule{userdata: userdata}, "x").userdata == <<0, 2, "x", 0>>
    end

    for bad <- ["a\0b", String.duplicate("x", 128)],
        do: assert_raise(ArgumentError, fn -> Userdata.put_comment(%Rule{}, bad) end)

    for function <- [&Userdata.put_comment/2],
        do: assert_raise(FunctionClauseError, fn -> function.(%Rule{}, :text) end)

    for function <- [&Userdata.comment/1],
        do: assert_raise(FunctionClauseError, fn -> function.(%Hook{}) end)
  end
end

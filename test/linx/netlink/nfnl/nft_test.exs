defmodule Linx.Netlink.Nfnl.NftTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.{Attr, Message}
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Chain, Data, Element, Elements, Expr, Gen, Hook, Rule, Set, Table}
  alias Linx.Netlink.Nfnl.Nft.Verdict

  doctest Data
  doctest Expr
  doctest Expr.Inner

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  # The rule `oifname "eth0" ip saddr 10.0.0.0/8 limit rate 5/minute counter log prefix "out "
  # group 5 masquerade random`, as Linux 6.12 dumps it, without `struct nlmsghdr`.
  @rule ~X"""
  02 00 00 02                                                   # ip, generation 2
  06 00 01 00  74 00 00 00  06 00 02 00  63 00 00 00            # TABLE "t", CHAIN "c"
  0c 00 03 00  00 00 00 00  00 00 00 07                         # HANDLE
  78 01 04 00                                                   # EXPRESSIONS
  24 00 01 00  09 00 01 00  6d 65 74 61  00 00 00 00            # meta: KEY oifname, DREG 1
  14 00 02 00  08 00 02 00  00 00 00 07  08 00 01 00  00 00 00 01
  38 00 01 00  08 00 01 00  63 6d 70 00                         # cmp: SREG 1, OP eq, DATA eth0
  2c 00 02 00  08 00 01 00  00 00 00 01  08 00 02 00  00 00 00 00
  18 00 03 00  14 00 01 00  65 74 68 30  00 00 00 00  00 00 00 00  00 00 00 00
  34 00 01 00  0c 00 01 00  70 61 79 6c  6f 61 64 00            # payload: DREG 1, BASE network
  24 00 02 00  08 00 01 00  00 00 00 01  08 00 02 00  00 00 00 01
  08 00 03 00  00 00 00 0c  08 00 04 00  00 00 00 01            # OFFSET 12, LEN 1
  2c 00 01 00  08 00 01 00  63 6d 70 00                         # cmp: SREG 1, OP eq, DATA 10
  20 00 02 00  08 00 01 00  00 00 00 01  08 00 02 00  00 00 00 00
  0c 00 03 00  05 00 01 00  0a 00 00 00
  48 00 01 00  0a 00 01 00  6c 69 6d 69  74 00 00 00            # limit: RATE 5, PAD, UNIT 60
  38 00 02 00  0c 00 01 00  00 00 00 00  00 00 00 05  04 00 06 00
  0c 00 02 00  00 00 00 00  00 00 00 3c  08 00 03 00  00 00 00 05
  08 00 04 00  00 00 00 00  08 00 05 00  00 00 00 00            # BURST 5, TYPE pkts, FLAGS
  30 00 01 00  0c 00 01 00  63 6f 75 6e  74 65 72 00            # counter: BYTES, PAD, PACKETS
  20 00 02 00  0c 00 01 00  00 00 00 00  00 00 00 00  04 00 03 00
  0c 00 02 00  00 00 00 00  00 00 00 00
  24 00 01 00  08 00 01 00  6c 6f 67 00                         # log: PREFIX "out ", GROUP 5
  18 00 02 00  09 00 02 00  6f 75 74 20  00 00 00 00  06 00 01 00  00 05 00 00
  1c 00 01 00  09 00 01 00  6d 61 73 71  00 00 00 00            # masq: FLAGS random
  0c 00 02 00  08 00 01 00  00 00 00 04
  """

  # The rule `fib daddr type local drop`.
  @fib ~X"""
  02 00 00 02                                                   # ip, generation 2
  06 00 01 00  74 00 00 00  06 00 02 00  65 00 00 00            # TABLE "t", CHAIN "e"
  0c 00 03 00  00 00 00 00  00 00 00 06  04 00 08 00            # HANDLE, PAD
  0c 00 06 00  00 00 00 00  00 00 00 05                         # POSITION
  88 00 04 00                                                   # EXPRESSIONS
  28 00 01 00  08 00 01 00  66 69 62 00                         # fib: DREG, RESULT, FLAGS
  1c 00 02 00  08 00 01 00  00 00 00 01  08 00 02 00  00 00 00 03  08 00 03 00  00 00 00 02
  2c 00 01 00  08 00 01 00  63 6d 70 00                         # cmp: SREG 1, OP eq, DATA 2
  20 00 02 00  08 00 01 00  00 00 00 01  08 00 02 00  00 00 00 00
  0c 00 03 00  08 00 01 00  02 00 00 00
  30 00 01 00  0e 00 01 00  69 6d 6d 65  64 69 61 74  65 00 00 00
  1c 00 02 00  08 00 01 00  00 00 00 00  10 00 02 00            # immediate: DREG 0, DATA
  0c 00 02 00  08 00 01 00  00 00 00 00                         # VERDICT drop
  """

  # The chain `chain d { type filter hook output priority -5; }`.
  @chain ~X"""
  02 00 00 02                                                   # ip, generation 2
  06 00 01 00  74 00 00 00  06 00 03 00  64 00 00 00            # TABLE "t", NAME "d"
  04 00 09 00  0c 00 02 00  00 00 00 00  00 00 00 03            # PAD, HANDLE
  14 00 04 00  08 00 01 00  00 00 00 03  08 00 02 00  ff ff ff fb   # HOOK: HOOKNUM, PRIORITY
  08 00 05 00  00 00 00 01                                      # POLICY accept
  0b 00 07 00  66 69 6c 74  65 72 00 00                         # TYPE "filter"
  08 00 0a 00  00 00 00 01  08 00 06 00  00 00 00 01            # FLAGS base, USE 1
  """

  # The set `set s { type ipv4_addr; flags timeout; }`.
  @set ~X"""
  02 00 00 02                                                   # ip, generation 2
  06 00 01 00  74 00 00 00  06 00 02 00  73 00 00 00            # TABLE "t", NAME "s"
  0c 00 10 00  00 00 00 00  00 00 00 04                         # HANDLE
  08 00 03 00  00 00 00 10  08 00 04 00  00 00 00 07            # FLAGS timeout, KEY_TYPE
  08 00 05 00  00 00 00 04  0a 00 0d 00  00 04 02 00  00 00 00 00   # KEY_LEN, USERDATA
  04 00 09 00                                                   # DESC
  """

  # The reply to NFT_MSG_GETGEN, to a program named "nft".
  @gen ~X"""
  00 00 00 02  08 00 01 00  00 00 00 02                         # ID
  08 00 02 00  00 00 00 65  08 00 03 00  6e 66 74 00            # PROC_PID, PROC_NAME
  """

  @table %Table{family: :ip, name: "t", handle: 3, use: 4, owner: 5, userdata: "u"}
  @a_chain %Chain{family: :ip, table: "t", name: "c", handle: 3, use: 1, policy: :drop}
  @a_rule %Rule{family: :ip, table: "t", chain: "c", handle: 7, position: 6}
  @a_set %Set{family: :ip, table: "t", name: "s", handle: 3, key_len: 4}

  describe "on the wire" do
    test "a rule decodes to its expressions" do
      assert %Rule{family: :ip, table: "t", chain: "c", handle: 7} = rule = Rule.decode(@rule)

      assert for(expression <- rule.expressions, do: {expression.name, expression.data}) == [
               {"meta", %Expr.Meta{key: :oifname, dreg: 1}},
               {"cmp", %Expr.Cmp{sreg: 1, op: :eq, data: Data.value("eth0" <> <<0::96>>)}},
               {"payload", %Expr.Payload{base: :network_header, offset: 12, len: 1, dreg: 1}},
               {"cmp", %Expr.Cmp{sreg: 1, op: :eq, data: Data.value(<<10>>)}},
               {"limit", %Expr.Limit{rate: 5, unit: 60, burst: 5, type: :pkts, flags: []}},
               {"counter", %Expr.Counter{bytes: 0, packets: 0}},
               {"log", %Expr.Log{prefix: "out ", group: 5}},
               {"masq", %Expr.Masq{flags: [:proto_random]}}
             ]

      assert Rule.decode(Rule.encode(rule)) == rule
    end

    test "an unknown expression is bytes, which are written back" do
      # An expression that differs from fib in its name.
      bytes = :binary.replace(@fib, "fib\0", "fob\0")
      assert %Rule{expressions: [fob, _, _] = expressions} = Rule.decode(bytes)
      assert %Expr{name: "fob", data: <<_::192>>} = fob

      message = Nft.add(%{@a_rule | expressions: expressions})
      assert Rule.decode(message.payload).expressions == expressions
      assert :binary.match(message.payload, fob.data) != :nomatch

      # Bytes are refused for an expression that has a codec.
      assert_raise ArgumentError, fn ->
        Nft.add(%{@a_rule | expressions: [%{fob | name: "fib"}]})
      end
    end

    test "an expression inside an expression can be given without the struct Expr" do
      inner = [%Expr.Counter{}, %Expr.Quota{bytes: 1}]
      dynset = %Expr.Dynset{set_name: "s", sreg_key: 1, expr: hd(inner), expressions: inner}
      message = Nft.add(%{@a_rule | expressions: [dynset]})
      assert [%Expr{name: "dynset", data: read}] = Rule.decode(message.payload).expressions
      assert read.expr == Expr.of(hd(inner))
      assert read.expressions == Enum.map(inner, &Expr.of/1)
    end

    test "the number of an inner expression defaults to 0" do
      load = %Expr.Inner{type: :vxlan, flags: [:ll], hdrsize: 0, expr: %Expr.Meta{key: :len}}
      rule = %Rule{family: :ip, table: "t", chain: "c", expressions: [load]}
      assert Nft.add(rule) == Nft.add(%{rule | expressions: [%{load | num: 0}]})
      assert Nft.add(rule) != Nft.add(%{rule | expressions: [%{load | num: 1}]})
    end

    test "a chain, a set and a generation decode to the kernel's fields" do
      assert Chain.decode(@chain) == %Chain{
               family: :ip,
               table: "t",
               name: "d",
               handle: 3,
               hook: %Hook{hooknum: 3, priority: -5},
               policy: :accept,
               use: 1,
               type: "filter",
               flags: [:base]
             }

      assert %Set{flags: [:timeout], key_type: 7, key_len: 4, handle: 4, name: "s"} =
               Set.decode(@set)

      assert Gen.decode(@gen) == %Gen{family: :unspec, id: 2, proc_pid: 101, proc_name: "nft"}
    end

    test "truncated bytes decode, or raise ArgumentError" do
      for {module, bytes} <- [{Rule, @rule}, {Rule, @fib}, {Chain, @chain}, {Set, @set}],
          size <- 0..byte_size(bytes) do
        try do
          assert module.decode(binary_part(bytes, 0, size)).__struct__ == module
        rescue
          ArgumentError -> :ok
        end
      end
    end

    test "negative verdicts have names" do
      for {code, number} <- [continue: -1, break: -2, jump: -3, goto: -4, return: -5, drop: 0] do
        bytes = Attr.encode([{1, <<number::signed-32>>}])
        assert Verdict.decode(bytes) == %Verdict{code: code}
        assert Verdict.encode(%Verdict{code: code}) == bytes
      end
    end

    test "a priority is a signed 32-bit number" do
      assert %Hook{priority: -1} = Hook.decode(Hook.encode(%Hook{priority: -1}))
      assert %Hook{priority: nil} = Hook.decode(Attr.encode([{2, <<1, 2>>}]))
      assert_raise ArgumentError, fn -> Hook.encode(%Hook{priority: 0x80000000}) end
    end
  end

  describe "messages" do
    defp read(%Message{type: type, flags: flags, payload: payload}, module),
      do: {type, flags, module.decode(payload)}

    test "that add have no read-only fields" do
      table = %{@table | handle: nil, use: nil, owner: nil}
      assert read(Nft.add(@table), Table) == {0x0A00, 0x400, table}
      assert read(Nft.create(@table), Table) == {0x0A00, 0x600, table}

      chain = %{@a_chain | handle: nil, use: nil}
      assert read(Nft.add(@a_chain), Chain) == {0x0A03, 0x400, chain}

      rule = %{@a_rule | handle: nil, position: nil}
      assert read(Nft.add(@a_rule), Rule) == {0x0A06, 0xC00, rule}
      assert read(Nft.insert(@a_rule), Rule) == {0x0A06, 0x400, rule}
      assert read(Nft.add(%{rule | position: 6}), Rule) == {0x0A06, 0xC00, %{rule | position: 6}}
      assert read(Nft.replace(@a_rule), Rule) == {0x0A06, 0x100, %{@a_rule | position: nil}}

      set = %{@a_set | handle: nil, id: 0}
      assert read(Nft.add(@a_set), Set) == {0x0A09, 0x400, set}
      assert read(Nft.add(%{@a_set | id: 9}), Set) == {0x0A09, 0x400, %{set | id: 9}}
    end

    test "that delete have the identifying fields alone" do
      for {object, deletes, destroys, rest} <- [
            {@table, 0x0A02, 0x0A1A, %Table{family: :ip, name: "t"}},
            {%{@table | name: nil}, 0x0A02, 0x0A1A, %Table{family: :ip, handle: 3}},
            {@a_chain, 0x0A05, 0x0A1B, %Chain{family: :ip, table: "t", name: "c"}},
            {%{@a_chain | name: nil}, 0x0A05, 0x0A1B, %Chain{family: :ip, table: "t", handle: 3}},
            {@a_rule, 0x0A08, 0x0A1C, %{@a_rule | position: nil}},
            {@a_set, 0x0A0B, 0x0A1D, %Set{family: :ip, table: "t", name: "s"}}
          ] do
        assert read(Nft.delete(object), object.__struct__) == {deletes, 0, rest}
        assert read(Nft.destroy(object), object.__struct__) == {destroys, 0, rest}
      end
    end

    test "that delete raise without identifying fields" do
      for object <- [
            %Table{},
            %Table{name: "t"},
            %Table{family: :unspec, handle: 1},
            %Chain{table: "t"},
            %Chain{name: "c"},
            %Rule{table: "t", chain: "c"},
            %Rule{handle: 1},
            %Set{table: "t"}
          ],
          function <- [&Nft.delete/1, &Nft.destroy/1] do
        assert_raise ArgumentError, ~r/identif(y|ies) the/, fn -> function.(object) end
      end

      for object <- [%Table{}, %Set{name: "s"}],
          function <- [&Nft.flush/1],
          do: assert_raise(FunctionClauseError, fn -> function.(object) end)
    end

    test "that flush have a table, a chain or a set" do
      assert read(Nft.flush(@table), Rule) == {0x0A08, 0, %Rule{family: :ip, table: "t"}}

      assert read(Nft.flush(@a_chain), Rule) ==
               {0x0A08, 0, %Rule{family: :ip, table: "t", chain: "c"}}

      assert read(Nft.flush(@a_set), Elements) ==
               {0x0A0E, 0, %Elements{family: :ip, table: "t", set: "s"}}

      assert read(Nft.flush_ruleset(:ip6), Table) == {0x0A02, 0, %Table{family: :ip6}}
      assert read(Nft.flush_ruleset(), Table) == {0x0A02, 0, %Table{family: :unspec}}
    end

    test "take expressions without the struct Expr, and no other structs" do
      counter = %Expr{name: "counter", data: %Expr.Counter{packets: 1}}
      {_, _, rule} = read(Nft.add(%{@a_rule | expressions: [counter.data, counter]}), Rule)
      assert rule.expressions == [counter, counter]

      {_, _, set} = read(Nft.add(%{@a_set | expr: counter.data}), Set)
      assert set.expr == counter

      assert [message] = Nft.add_elements(@a_set, [%Element{expressions: [counter.data]}])
      assert {0x0A0C, 0x400, %Elements{elements: [element]}} = read(message, Elements)
      assert element.expressions == [counter]

      assert_raise ArgumentError, ~r/not an expression/, fn ->
        Nft.add(%{@a_rule | expressions: [%Table{}]})
      end
    end

    test "with elements have as many as fit into an attribute" do
      elements = for n <- 1..9000, do: %Element{key: Data.value(<<n::32>>)}
      messages = Nft.add_elements(@a_set, elements)

      # 16 bytes each: the headers of the nest, the key and the value, and four bytes of data.
      most = div(0xFFFF - 4, 16)
      assert length(messages) == div(9000 + most - 1, most)
      parts = for message <- messages, do: elem(read(message, Elements), 2).elements
      assert Enum.concat(parts) == elements

      # Elements of other sizes: as many as the maximum length of an attribute allows.
      for element <- [
            %Element{key: Data.value(<<1, 2, 3>>)},
            %Element{key: Data.value(<<0::72>>)},
            %Element{key: Data.value(<<1, 2, 3, 4>>), timeout: 5},
            %Element{key: Data.value(<<1>>), data: Data.verdict(:drop)}
          ] do
        each = 4 + byte_size(Element.encode(element))
        most = div(0xFFFF - 4, each)
        assert [_] = Nft.add_elements(@a_set, List.duplicate(element, most))
        assert [_, _] = Nft.add_elements(@a_set, List.duplicate(element, most + 1))
      end

      assert Nft.add_elements(@a_set, []) == []
      assert [%Message{type: 0x0A0E}] = Nft.delete_elements(@a_set, Enum.take(elements, 2))
      assert [%Message{type: 0x0A1E}] = Nft.destroy_elements(@a_set, Enum.take(elements, 2))
    end

    test "with values that do not fit raise ArgumentError" do
      assert_raise ArgumentError, fn -> Nft.add(%Table{family: :other, name: "t"}) end
      assert_raise ArgumentError, fn -> Nft.add(%Table{family: :ip, name: "a\0b"}) end
      assert_raise ArgumentError, fn -> Nft.add(%{@a_chain | policy: :maybe}) end

      for function <- [&Nft.add/1],
          do: assert_raise(FunctionClauseError, fn -> function.(%Element{}) end)
    end
  end

  test "invalid options of lists are errors before a socket is used" do
    assert Nft.tables(@no_socket, family: :other) == {:error, {:bad_option, :family, :other}}
    assert Nft.tables(@no_socket, family: 256) == {:error, {:bad_option, :family, 256}}
    assert Nft.tables(@no_socket, table: "t") == {:error, {:unknown_option, :table}}
    assert Nft.chains(@no_socket, chain: "c") == {:error, {:unknown_option, :chain}}
    assert Nft.rules(@no_socket, table: :t) == {:error, {:bad_option, :table, :t}}
    assert Nft.rules(@no_socket, table: "a\0") == {:error, {:bad_option, :table, "a\0"}}
    assert Nft.sets(@no_socket, name: "s") == {:error, {:unknown_option, :name}}
  end
end

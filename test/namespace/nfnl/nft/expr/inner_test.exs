defmodule Linx.Namespace.Nfnl.Nft.Expr.InnerTest do
  # Packets inside tunnels. Older versions of `nft` do not print the expressions, so counters of
  # packets are the judge.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.{Error, Nfnl}
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Chain, Expr, Hook, Object, Rule, Table}

  setup :with_nfnl

  # The number of the protocol, the port, and the bytes in front of the inner headers.
  @tunnels [
    vxlan: {17, 4789, <<8, 0::24, 42::24, 0>>},
    geneve: {17, 6081, <<2, 0, 0x6558::16, 42::24, 0, 0x0102::16, 3, 1, 0::32>>},
    gre: {47, nil, <<0::16, 0x0800::16>>},
    gretap: {47, nil, <<0::16, 0x6558::16>>}
  ]

  # A packet from 10.0.0.1, port 1000, to 10.0.0.2, port 53.
  @udp <<1000::16, 53::16, 8::16, 0::16>>
  @ip <<0x45, 0, 28::16, 0::32, 64, 17, 0::16, 10, 0, 0, 1, 10, 0, 0, 2>>
  @ethernet <<2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x0800::16>>

  @sender """
  import socket, sys
  proto, port, data = int(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3])
  kind = socket.SOCK_DGRAM if proto == 17 else socket.SOCK_RAW
  socket.socket(socket.AF_INET, kind, proto).sendto(data, ("127.0.0.1", port))
  """

  defp send!(ns, tunnel) do
    {proto, port, header} = @tunnels[tunnel]
    ethernet = if tunnel == :gre, do: "", else: @ethernet
    hex = Base.encode16(header <> ethernet <> @ip <> @udp)
    exec!(ns, "python3", ["-c", @sender, "#{proto}", "#{port || 0}", hex])
  end

  # The fields that rules load, and their values in the packet.
  defp loads(tunnel) do
    ethernet = %Expr.Payload{base: :ll_header, offset: 6, len: 6, dreg: 1}

    [
      protocol: {%Expr.Meta{key: :protocol, dreg: 1}, <<0x0800::16>>},
      l4proto: {%Expr.Meta{key: :l4proto, dreg: 1}, <<17>>},
      saddr: {%Expr.Payload{base: :network_header, offset: 12, len: 4, dreg: 1}, <<10, 0, 0, 1>>},
      dport: {%Expr.Payload{base: :transport_header, offset: 2, len: 2, dreg: 1}, <<53::16>>}
    ] ++
      if(tunnel == :gre, do: [], else: [ether: {ethernet, <<2, 0, 0, 0, 0, 1>>}]) ++
      if(tunnel in [:vxlan, :geneve],
        do: [vni: {%Expr.Payload{base: :tun_header, offset: 4, len: 3, dreg: 1}, <<42::24>>}],
        else: []
      )
  end

  test "an expression loads fields of the packet inside a tunnel", %{
    ns: ns,
    sock: sock
  } do
    where(ns, [:ip], fn ->
      ip!(ns, "link set lo up")
      rule = %Rule{family: :ip, table: "t", chain: "c"}

      for {tunnel, {proto, _port, _header}} <- @tunnels do
        # For each field, a rule with the value in the packet and a rule with another value.
        {names, rules} =
          for {field, {load, <<first, rest::binary>> = bytes}} <- loads(tunnel),
              {name, wanted} <- [
                {"#{field}", bytes},
                {"no_#{field}", <<first + 1, rest::binary>>}
              ] do
            expressions = [
              %Expr.Meta{key: :l4proto, dreg: 1},
              equal(<<proto>>),
              Expr.Inner.new(tunnel, load),
              equal(wanted),
              count(name)
            ]

            {name, Nft.add(%{rule | expressions: expressions})}
          end
          |> Enum.unzip()

        counters =
          for name <- names do
            Nft.add(%Object{
              family: :ip,
              table: "t",
              name: name,
              type: :counter,
              data: %Expr.Counter{}
            })
          end

        chain = %Chain{
          family: :ip,
          table: "t",
          name: "c",
          type: "filter",
          hook: Hook.new(:ip, :output, 0)
        }

        base = [Nft.add(%Table{family: :ip, name: "t"}), Nft.add(chain)]

        before = length(base ++ counters)

        case Nfnl.batch(sock, base ++ counters ++ rules) do
          :ok ->
            send!(ns, tunnel)

            assert {tunnel, counted(ns)} ==
                     {tunnel,
                      Map.new(names, &{&1, if(String.starts_with?(&1, "no_"), do: 0, else: 1)})}

            # The expression is read as it was written, except for the numbers of registers.
            assert {:ok, [first | _]} = Nft.rules(sock)
            assert [_, _, %Expr{name: "inner", data: inner}, _, _] = first.expressions
            meta = %Expr{name: "meta", data: %Expr.Meta{key: :protocol, dreg: 1}}
            assert inner == Expr.Inner.new(tunnel, meta)
            :ok = Nfnl.batch(sock, [Nft.flush_ruleset()])

          {:error, {at, %Error{errno: :enoent}}} when at > before ->
            IO.puts(:stderr, "\nNot tested: this kernel has no inner expressions.")
        end
      end
    end)
  end

  test "the kernel refuses expressions other than loads, and invalid fields", %{
    ns: ns,
    sock: sock
  } do
    where(ns, [:ip], fn ->
      load!(ns, "table ip t { chain c { }; }")
      before = listed(ns)
      meta = %Expr.Meta{key: :l4proto, dreg: 1}
      inner = Expr.Inner.new(:vxlan, meta)

      for bad <- [
            %{inner | expr: %Expr.Counter{}},
            %{inner | hdrsize: 0},
            %{inner | hdrsize: 65},
            %{inner | num: 1},
            %{inner | flags: 0x10},
            %{inner | type: nil},
            %{inner | expr: nil}
          ] do
        rule = %Rule{family: :ip, table: "t", chain: "c", expressions: [bad]}
        assert {:error, {1, %Error{}}} = Nfnl.batch(sock, [Nft.add(rule)])
      end

      for bad <- [%{inner | num: -1}, %{inner | type: :gre}, %{inner | expr: meta.key}] do
        rule = %Rule{family: :ip, table: "t", chain: "c", expressions: [bad]}
        assert_raise ArgumentError, fn -> Nft.add(rule) end
      end

      assert listed(ns) == before
    end)
  end
end

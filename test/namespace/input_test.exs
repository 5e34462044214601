defmodule Linx.Namespace.InputTest do
  # Calls each public function of the modules that send requests, found by reflection, with arguments
  # and options of wrong types. Each call returns an error or raises a FunctionClauseError of the
  # function itself, and sends nothing. Not async: strace traces the whole VM.
  use Linx.Test.NamespaceCase

  import Bitwise, only: [<<<: 2]
  import Linx.Test.Input

  alias Linx.Netlink.{
    Attr,
    Batch,
    Connection,
    Error,
    Generic,
    Message,
    Nfnl,
    Request,
    Rtnl,
    Socket
  }

  alias Linx.Netlink.Nfnl.{Conntrack, Nft}

  alias Linx.Netlink.Rtnl.{
    Address,
    AddressLabel,
    Encap,
    Fdb,
    Link,
    Mdb,
    Neighbour,
    NeighbourTable,
    Netconf,
    Nexthop,
    Reconcile,
    Route,
    Rule,
    Stats,
    Tc,
    Vlan
  }

  alias Linx.Test.GenericInput

  @rtnl [
    Address,
    AddressLabel,
    Fdb,
    Link,
    Mdb,
    Neighbour,
    NeighbourTable,
    Netconf,
    Nexthop,
    Route,
    Rule,
    Stats,
    Tc,
    Tc.Action,
    Tc.Chain,
    Tc.Class,
    Tc.Filter,
    Tc.Netem,
    Tc.Qdisc,
    Vlan
  ]
  @nfnl [Nfnl, Nfnl.Codec, Nft, Conntrack]
  @others [
    Rtnl,
    Reconcile,
    Request,
    Batch,
    Message,
    Attr,
    Socket,
    Socket.Native,
    Encap,
    Conntrack.Tuple,
    Error
  ]

  setup %{path: path} do
    {:ok, rtnl} = Rtnl.open({:path, path})
    {:ok, nfnl} = Nfnl.open({:path, path})
    {:ok, genl} = Generic.open({:path, path})
    %{rtnl: rtnl, nfnl: nfnl, genl: genl}
  end

  defp sock(module, context) when module in @nfnl, do: context.nfnl

  defp sock(module, context),
    do: if(GenericInput.module?(module), do: context.genl, else: context.rtnl)

  @tag timeout: 300_000
  test "functions refuse wrong input and send nothing", context do
    all = functions(@rtnl ++ @nfnl ++ @others ++ GenericInput.modules())
    assert length(all) > 250

    calls =
      Enum.flat_map(all, fn {module, _, _} = call ->
        sock = sock(module, context)
        junk_calls(call, sock) ++ option_calls(call, sock)
      end)

    assert length(calls) > 30_000
    {refused, sent} = sent(fn -> refused(calls) end)

    assert {length(refused), Enum.take(refused, 10)} == {0, []}
    assert sent == []

    # strace does report the messages of a request.
    assert {{:ok, [_ | _]}, [_ | _]} = sent(fn -> Link.list(context.rtnl) end)
  end

  # The functions of these modules that take a socket.
  defp verbs(modules) do
    for {_, _, [target | _]} = call <- functions(modules), target in ["sock", "target"], do: call
  end

  test "a socket of another protocol is refused", context do
    result = fn {module, function, args} -> apply(module, function, args) end

    {:ok, conn} = Connection.start_link(protocol: 12, netns: {:path, context.path})

    for call <- verbs(@rtnl), other <- [context.nfnl, conn] do
      {module, function, _} = call
      call = {module, function, arguments(call, other)}

      if function == :stream!,
        do:
          assert_raise(ArgumentError, ~r/of the netlink protocol 12, not 0/, fn ->
            result.(call)
          end),
        else: assert({call, result.(call)} == {call, {:error, {:wrong_protocol, {0, 12}}}})
    end

    for call <- verbs(@nfnl) do
      {module, function, _} = call
      call = {module, function, arguments(call, context.rtnl)}
      assert {call, result.(call)} == {call, {:error, {:wrong_protocol, {12, 0}}}}
    end

    for call <- verbs(GenericInput.modules()) do
      {module, function, _} = call
      call = {module, function, arguments(call, context.rtnl)}

      if function == :stream!,
        do:
          assert_raise(ArgumentError, ~r/of the netlink protocol 0, not 16/, fn ->
            result.(call)
          end),
        else: assert({call, result.(call)} == {call, {:error, {:wrong_protocol, {16, 0}}}})
    end

    assert Nfnl.batch(context.rtnl, []) == {:error, {:wrong_protocol, {12, 0}}}

    assert Batch.run(
             context.nfnl,
             &[Link.set_up(&1, 1), Route.add(&1, "10.0.0.0", 8, "10.0.0.1")]
           ) ==
             {:ok, List.duplicate({:error, {:wrong_protocol, {0, 12}}}, 2)}
  end

  test "functions that take a socket accept a timeout of any length" do
    for {module, function, names} = call <- verbs(@rtnl ++ @nfnl ++ GenericInput.modules()),
        {module, function} != {Address, :await},
        function != :stream! do
      args = arguments(call, :linx_no_such_name)
      given = [timeout: 10_000_000_000]

      # A function without `opts` in its signature, such as one that takes an object, has another
      # arity that takes options.
      args =
        case Enum.find_index(names, &(&1 in ["opts", "filter"])) do
          nil -> args ++ [given]
          at -> List.update_at(args, at, &(given ++ &1))
        end

      assert function_exported?(module, function, length(args)),
             "#{inspect(module)}.#{function} takes no options"

      result = apply(module, function, args)
      assert {call, result} == {call, {:error, {:send, :noproc}}}
    end
  end

  test "a timeout above the longest one of the VM is accepted", %{rtnl: rtnl} do
    assert {:ok, [_ | _]} = Link.list(rtnl, timeout: 10_000_000_000)
    assert {:ok, [_ | _]} = Request.talk(rtnl, 18, 0x300, <<0::128>>, timeout: 10_000_000_000)
    assert {:ok, [:ok]} = Batch.run(rtnl, &[Link.set_up(&1, "lo")], timeout: 1 <<< 40)
    assert Nfnl.batch(:linx_no_such_name, [], 10, timeout: 1 <<< 40) == :ok
  end

  test "a stream with a wrong option raises when it is created", %{rtnl: rtnl} do
    assert_raise ArgumentError, ~r/:x is not a timeout/, fn ->
      Route.stream!(rtnl, timeout: :x)
    end

    assert_raise ArgumentError, ~r/unknown option :tabel \(did you mean :table\?\)/, fn ->
      Route.stream!(rtnl, tabel: 1)
    end

    assert_raise ArgumentError, ~r/:x is not a timeout/, fn ->
      Request.stream!(rtnl, 26, %Route{}, timeout: :x)
    end
  end
end

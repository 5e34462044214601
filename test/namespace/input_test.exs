defmodule Linx.Netlink.InputTest do
  # Every public function of the modules of verbs, found by reflection, with arguments and options
  # of wrong types: each is an error or a FunctionClauseError of the function itself, and nothing
  # is sent. Not async: strace looks at the whole VM.
  use Linx.Test.NamespaceCase

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.{
    Attr,
    Batch,
    Connection,
    Error,
    Message,
    Monitor,
    Nfnl,
    Request,
    Rtnl,
    Socket
  }

  alias Linx.Netlink.Nfnl.{Conntrack, Nft}
  alias Linx.Netlink.Options.Names

  alias Linx.Netlink.Rtnl.{
    Address,
    Encap,
    Fdb,
    Link,
    Neighbour,
    NeighbourTable,
    Nexthop,
    Reconcile,
    Route,
    Rule,
    Stats,
    Vlan
  }

  @rtnl [Address, Fdb, Link, Neighbour, NeighbourTable, Nexthop, Route, Rule, Stats, Vlan]
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
  @processes [Connection, Monitor, Rtnl.Monitor, Nfnl.Monitor, Nfnl.Log]

  # Values that no parameter takes, but for those of `@legal`.
  @junk [
    nil,
    1.5,
    {:a, :b, :c},
    %{},
    :junk,
    -1,
    1 <<< 70,
    "a\0b",
    [:junk],
    [{"text", 1}],
    [no_such_option: 1],
    [1 | 2],
    %URI{}
  ]

  # By parameter, a good value, and what of the junk is good, too; `:any` for all of it.
  defp good(name, module, function)
  # A process of that name does not exist: its exit is that of `GenServer.call/2`.
  defp good(process, module, _) when process in ["conn", "monitor"] and module in @processes,
    do: {:process, [:junk]}

  defp good("reason", _, :stop), do: {:normal, :any}
  defp good("timeout", Connection, :stop), do: {:infinity, :any}
  defp good("timeout", Connection, _), do: {0, []}
  defp good("task", _, _), do: {Task.completed(:done), []}
  defp good("request", _, _), do: {%Message{type: 18}, []}
  defp good("owner", Rtnl.Monitor, _), do: {self(), []}
  defp good("pid", _, _), do: {self(), []}
  defp good("ref", _, _), do: {make_ref(), []}
  defp good("code", _, _), do: {1, [1 <<< 70]}
  defp good("message", Error, _), do: {"text", [nil, "a\0b"]}
  defp good("exception", _, _), do: {Error.from_errno(1), []}
  defp good("sock", _, _), do: {:sock, [:junk]}
  defp good("socket", _, _), do: {:sock, []}
  defp good("opts", module, function), do: {required(module, function), []}
  defp good("filter", _, _), do: {[], []}
  defp good("name", Link, :set), do: {"lo", []}
  defp good("name", Link, _), do: {"v0", []}
  defp good("name", Socket.Native, _), do: {"v0", []}
  defp good("alt_name", _, _), do: {"alternative", []}
  defp good("peer_name", _, _), do: {"v1", []}
  defp good("kind", _, _), do: {:bridge, [:junk]}
  defp good("mode", _, :create_ipvlan), do: {:l3, []}
  defp good("mode", _, _), do: {:bridge, []}
  defp good("parent", _, _), do: {"lo", []}
  defp good("master", _, _), do: {"lo", []}
  defp good("vlan_id", _, _), do: {7, []}
  defp good("mtu", _, _), do: {1400, []}
  defp good("netns", Link, _), do: {1, []}
  defp good("netns", _, _), do: {{:path, "/nowhere"}, []}
  defp good("value", _, f) when f in [:set_group, :set_txqlen], do: {7, []}
  defp good("value", _, f) when f in [:set_alias, :set_name], do: {"v9", []}
  defp good("value", _, :set_address), do: {"02:00:00:00:00:09", []}
  defp good("flag", Link, _), do: {:up, []}
  defp good("value", Encap, _), do: {{:mpls, labels: [100]}, []}
  defp good("value", _, _), do: {true, []}
  defp good(link, _, _) when link in ["link", "bridge", "port"], do: {"lo", []}
  defp good(ip, _, _) when ip in ["ip", "dst", "source", "destination"], do: {"10.0.0.9", []}
  defp good("gateway", _, _), do: {"10.0.0.1", [nil]}
  defp good("prefix", _, _), do: {32, []}
  defp good("mac", Neighbour, _), do: {"02:00:00:00:00:09", [nil]}
  defp good("mac", _, _), do: {"02:00:00:00:00:09", []}
  defp good("vids", _, _), do: {10, []}
  defp good("msti", _, _), do: {7, []}
  defp good("index", _, _), do: {0, []}
  defp good("id", _, _), do: {7, []}
  defp good("table", NeighbourTable, _), do: {"arp_cache", []}
  defp good("table", _, _), do: {100, []}
  defp good("timeout", Address, _), do: {0, [1 <<< 70]}
  defp good("family", Address, _), do: {:inet, []}
  defp good("family", _, :nfproto), do: {:inet, []}
  defp good("family", _, _), do: {:unspec, []}
  defp good("desired", _, _), do: {%{}, [%{}]}
  defp good("last_applied", _, _), do: {%{}, [%{}]}
  defp good("nexthop", _, _), do: {%Nexthop{id: 7}, []}
  defp good("route", _, _), do: {%Route{family: 2}, []}
  defp good("rule", Nft, :replace), do: {rule(), []}
  defp good("rule", Nft, _), do: {rule(), []}
  # As options, those of a rule are good; these are not.
  defp good("rule", _, _), do: {%Rule{family: 2}, []}
  defp good("set", _, _), do: {%Nft.Set{family: :ip, table: "t", name: "s"}, []}
  defp good("elements", _, _), do: {[%Nft.Element{}], []}
  defp good("object", _, _), do: {%Nft.Table{name: "t"}, []}
  defp good("entry", module, _) when module in [Neighbour, Fdb], do: {struct(module), []}
  defp good("entry", _, _), do: {%Conntrack{tuple_orig: tuple()}, []}
  defp good("tuple", _, _), do: {tuple(), []}
  defp good("messages", _, _), do: {[%Message{type: 0x0A00, payload: <<0::32>>}], []}
  defp good("items", _, _), do: {[%Message{type: 18, payload: <<0::128>>}], []}
  defp good("subsys", _, _), do: {10, []}
  defp good("op", _, _), do: {1, []}
  defp good("res_id", _, _), do: {0, []}
  defp good("binary", _, _), do: {<<0::32>>, ["a\0b"]}
  defp good("type", _, _), do: {18, []}
  defp good("flags", Socket.Native, _), do: {1, []}
  defp good("flags", _, _), do: {0, []}
  defp good("payload", _, _), do: {<<0::128>>, ["a\0b"]}
  defp good(struct, _, _) when struct in ["query", "body"], do: {%Link{}, [%URI{}]}
  defp good("group", Socket, _), do: {1, [1 <<< 70]}
  defp good(id, Socket.Native, _) when id in ["owner", "group"], do: {nil, [nil]}
  defp good("size", _, _), do: {4096, []}
  defp good("bytes", _, _), do: {4096, [1 <<< 70]}
  defp good("protocol", Socket, _), do: {0, [1 <<< 70]}
  defp good("protocol", Socket.Native, _), do: {0, []}
  defp good("protocol", _, _), do: {6, []}
  defp good(port, _, _) when port in ["src_port", "dst_port"], do: {7, [nil]}
  defp good("path", _, :create_tun), do: {"/nowhere", [nil]}
  defp good("path", _, _), do: {"/nowhere", []}
  defp good("fd", _, :close_fd), do: {-1, [-1, 1 <<< 70]}
  defp good("fd", _, _), do: {-1, []}
  defp good("groups", _, _), do: {0, []}
  defp good("attrs", _, _), do: {[{1, "a"}], []}
  defp good("message", _, _), do: {%Message{type: 18}, []}
  # What only reads a struct.
  defp good(name, module, _)
       when name in ["address", "neighbour", "fdb", "stats", "conntrack", "arg1"],
       do: {module.__struct__(), []}

  defp rule, do: %Nft.Rule{family: :ip, table: "t", chain: "c", handle: 7}

  defp tuple do
    {:ok, tuple} = Conntrack.Tuple.new("192.0.2.1", "192.0.2.2", 6, 40_000, 443)
    tuple
  end

  # Options without which there is an error before the one that is looked for.
  defp required(Stats, :set), do: [l3_stats: true]
  defp required(Vlan, :set_mst), do: [state: :forwarding]
  defp required(Monitor, :start_link), do: [groups: [1]]
  defp required(Nfnl.Log, :start_link), do: [group: 5]
  defp required(_, _), do: []

  # Options that are taken in the place of an object.
  defp instead({Rule, :add, ["sock", "rule"]}), do: [table: 100]
  defp instead({Rule, :delete, ["sock", "rule"]}), do: [table: 100]
  defp instead({Nexthop, _, ["sock", "nexthop"]}), do: [gateway: "10.0.0.1", dev: 1]
  defp instead(_), do: nil

  # Where wrong values are an ArgumentError, by their documentation: what makes bytes or messages
  # and what returns a stream.
  @argument_errors [
    {Request, :stream!},
    {Route, :stream!},
    {Nft, :add_elements},
    {Nft, :delete_elements},
    {Nft, :destroy_elements},
    {Nft, :flush_ruleset},
    {Nfnl.Codec, :nfproto},
    {Nfnl.Codec, :encode_nfgenmsg},
    {Nfnl.Codec, :batch_begin},
    {Attr, :encode},
    {Message, :encode}
  ]

  @input_errors [
    :bad_address,
    :bad_dump_retries,
    :bad_message,
    :bad_mode,
    :bad_mac,
    :bad_name,
    :bad_netns,
    :bad_option,
    :bad_path,
    :bad_payload,
    :bad_prefix,
    :bad_subnet,
    :bad_subsys,
    :bad_target,
    :bad_timeout,
    :missing_option,
    :normalize,
    :unknown_option
  ]

  # `{module, function, parameters}` of each documented function, by reflection; a default is a
  # parameter.
  defp functions(modules) do
    for module <- modules,
        {:docs_v1, _, _, _, _, _, docs} = Code.fetch_docs(module),
        exported = module.__info__(:functions),
        {{:function, function, arity}, _, [signature], doc, _} <- docs,
        doc != :hidden,
        arity > 0,
        {function, arity} in exported,
        # Made by the codec of each module, and tested there.
        {module, function} not in [{module, :encode}, {module, :decode}] or
          module in [Attr, Message],
        function != :decode,
        # Wrong options of a child are errors of its start.
        function != :child_spec do
      [_, inside] = Regex.run(~r/^[^(]+\((.*)\)$/s, signature)
      names = for arg <- String.split(inside, ~r/,\s*(?![^<]*>>)/), do: hd(String.split(arg, " "))
      {module, function, names}
    end
  end

  setup %{path: path} do
    {:ok, rtnl} = Rtnl.open({:path, path})
    {:ok, nfnl} = Nfnl.open({:path, path})
    %{rtnl: rtnl, nfnl: nfnl}
  end

  defp sock(module, context) when module in @nfnl, do: context.nfnl
  defp sock(_module, context), do: context.rtnl

  # The arguments that are good, with the socket.
  defp arguments({module, function, names}, sock) do
    for name <- names do
      case good(name, module, function) do
        {:sock, _} -> sock
        {:process, _} -> sock
        {value, _} -> value
      end
    end
  end

  # Calls with each argument replaced by each junk.
  defp junk_calls({module, function, names} = call, sock) do
    for {name, at} <- Enum.with_index(names),
        {_good, legal} = good(name, module, function),
        junk <- @junk,
        legal != :any and junk not in legal,
        not (name == "opts" and junk == []),
        do: {module, function, List.replace_at(arguments(call, sock), at, junk)}
  end

  # Calls with each option that the library knows, of a value that none takes. What chooses does
  # not take `nil` either: left out, it would choose all.
  defp option_calls({module, function, names} = call, sock) do
    for {name, at} <- Enum.with_index(names),
        name in ["opts", "filter"] or (at == 1 and instead(call) != nil),
        key <- keys(),
        # A tag is any term.
        {function, key} not in [start_link: :tag, subscribe: :tag],
        value <- if(function in [:list, :flush], do: [make_ref(), nil], else: [make_ref()]) do
      args = arguments(call, sock)
      given = Keyword.delete(instead(call) || Enum.at(args, at), key)
      {module, function, List.replace_at(args, at, given ++ [{key, value}])}
    end
  end

  defp keys do
    typos = [:netnss, :tabel, :forc, :timeuot]
    Names.all() ++ typos
  end

  # `:ok` if the call is refused as it should be, else what came of it.
  defp outcome({module, function, args}) do
    case apply(module, function, args) do
      {:error, reason} when is_tuple(reason) and elem(reason, 0) in @input_errors -> :ok
      # bind_netlink has errnos.
      {:error, 9} when function == :bind_netlink -> :ok
      {:error, {:socket, 93}} when function == :open_in_netns -> :ok
      %Task{} = task -> outcome({Task, :await, [task]})
      other -> {:returned, other}
    end
  rescue
    error in FunctionClauseError ->
      if {error.module, error.function} == {module, function}, do: :ok, else: {:raised, error}

    error in ArgumentError ->
      if {module, function} in @argument_errors, do: :ok, else: {:raised, error}

    error ->
      {:raised, error}
  end

  defp refused(calls) do
    for {module, function, args} = call <- calls, outcome = outcome(call), outcome != :ok do
      args = Enum.map(args, &if(is_struct(&1), do: &1.__struct__, else: &1))
      {module, function, args, outcome}
    end
  end

  # What this VM sends to the kernel during `fun`, by strace's word: `fun` and its datagrams.
  defp sent(fun) do
    file = Path.join(System.tmp_dir!(), "linx-strace-#{System.unique_integer([:positive])}")
    args = ~w(-f -e trace=sendmsg,sendto,sendmmsg,ioctl -o #{file} -p #{System.pid()})
    options = [:binary, :exit_status, :stderr_to_stdout, args: args]
    port = Port.open({:spawn_executable, System.find_executable("strace")}, options)
    assert_receive {^port, {:data, text}}, 60_000
    assert text =~ "attached"

    try do
      result = fun.()
      {:os_pid, pid} = Port.info(port, :os_pid)
      {_, 0} = System.cmd("kill", ["-TERM", "#{pid}"])
      assert_receive {^port, {:exit_status, _}}, 60_000

      {result,
       for(
         line <- String.split(File.read!(file), "\n"),
         line =~ ~r/AF_NETLINK|TUNSET|nlmsg/,
         do: line
       )}
    after
      File.rm(file)
    end
  end

  # The process that the functions of a module are called on.
  defp process(module, context) do
    netns = {:path, context.path}

    {:ok, pid} =
      case module do
        Monitor -> Monitor.start_link(groups: [1], netns: netns)
        # A log needs a module of the kernel; its functions are those of all monitors.
        Nfnl.Log -> Nfnl.Monitor.start_link(netns: netns)
        module -> module.start_link(netns: netns)
      end

    pid
  end

  @tag timeout: 300_000
  test "functions of processes refuse wrong input, and nothing is sent", context do
    calls =
      for module <- @processes,
          all = functions([module]),
          process = process(module, context),
          call <- all,
          call <- junk_calls(call, process) ++ option_calls(call, process),
          do: call

    assert length(calls) > 1000
    {refused, sent} = sent(fn -> refused(calls) end)
    assert {length(refused), Enum.take(refused, 10)} == {0, []}
    assert sent == []
    refute_received {:EXIT, _, _}
  end

  @tag timeout: 300_000
  test "wrong input is refused, and nothing is sent", context do
    all = functions(@rtnl ++ @nfnl ++ @others)
    assert length(all) > 150

    calls =
      Enum.flat_map(all, fn {module, _, _} = call ->
        sock = sock(module, context)
        junk_calls(call, sock) ++ option_calls(call, sock)
      end)

    {refused, sent} = sent(fn -> refused(calls) end)
    assert {length(refused), Enum.take(refused, 10)} == {0, []}
    assert sent == []

    # That strace sees what is sent.
    assert {{:ok, [_ | _]}, [_ | _]} = sent(fn -> Link.list(context.rtnl) end)
  end

  # All that take a socket of one protocol.
  defp verbs(modules) do
    for {_, _, ["sock" | _]} = call <- functions(modules), do: call
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

    assert Nfnl.batch(context.rtnl, []) == {:error, {:wrong_protocol, {12, 0}}}

    assert Batch.run(
             context.nfnl,
             &[Link.set_up(&1, 1), Route.add(&1, "10.0.0.0", 8, "10.0.0.1")]
           ) ==
             {:ok, List.duplicate({:error, {:wrong_protocol, {0, 12}}}, 2)}
  end

  test "every verb takes a timeout, however long" do
    for {module, function, names} = call <- verbs(@rtnl ++ @nfnl),
        {module, function} != {Address, :await},
        function != :stream! do
      args = arguments(call, :linx_no_such_name)
      given = [timeout: 10_000_000_000]

      # What takes an object may have a form of its own that takes options as well.
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

  test "a long timeout waits as long as the VM can", %{rtnl: rtnl} do
    assert {:ok, [_ | _]} = Link.list(rtnl, timeout: 10_000_000_000)
    assert {:ok, [_ | _]} = Request.talk(rtnl, 18, 0x300, <<0::128>>, timeout: 10_000_000_000)
    assert {:ok, [:ok]} = Batch.run(rtnl, &[Link.set_up(&1, "lo")], timeout: 1 <<< 40)
    assert Nfnl.batch(:linx_no_such_name, [], 10, timeout: 1 <<< 40) == :ok
  end

  test "a stream names the wrong option at once", %{rtnl: rtnl} do
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

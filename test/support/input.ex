defmodule Linx.Test.Input do
  @moduledoc false
  # Calls of public functions, found by reflection, with arguments and options of wrong types, and
  # what they send to the kernel.

  import Bitwise, only: [<<<: 2]
  import ExUnit.Assertions

  alias Linx.Netlink.{
    Attr,
    Connection,
    Error,
    Generic,
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
    AddressLabel,
    Encap,
    Fdb,
    Link,
    Mdb,
    Neighbour,
    NeighbourTable,
    Nexthop,
    Route,
    Rule,
    Stats,
    Tc,
    Vlan
  }

  alias Linx.Test.GenericInput

  @processes [Connection, Monitor, Rtnl.Monitor, Nfnl.Monitor, Nfnl.Log]

  # Values that no parameter takes, with the exceptions in `good/3`.
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

  # A valid value of a parameter, and the values of @junk that are valid as well; `:any` if all are.
  defp good(name, module, function) do
    if name != "opts" and GenericInput.module?(module),
      do: GenericInput.good(name, module, function),
      else: valid(name, module, function)
  end

  defp valid("target", _, _), do: {:sock, [:junk]}
  defp valid("kind", module, _) when module in [Tc.Qdisc, Tc.Class], do: {:pfifo, [:junk]}
  defp valid("kind", Tc.Filter, _), do: {:matchall, [:junk]}
  defp valid("kind", Tc.Action, _), do: {:gact, [:junk]}
  defp valid("index", Tc.Action, _), do: {7, []}
  defp valid("handle", _, _), do: {"1:", [nil]}
  defp valid("classid", _, _), do: {"1:1", []}
  defp valid("number", _, _), do: {1, []}
  # No process has the name `:junk`: the exit of `GenServer.call/2` is the documented result.
  defp valid(process, module, _)
       when process in ["conn", "monitor"] and module in @processes,
       do: {:process, [:junk]}

  defp valid("reason", _, :stop), do: {:normal, :any}
  defp valid("timeout", Connection, :stop), do: {:infinity, :any}
  defp valid("timeout", Connection, _), do: {0, []}
  defp valid("task", _, _), do: {Task.completed(:done), []}
  defp valid("request", _, _), do: {%Message{type: 18}, []}
  defp valid("owner", Rtnl.Monitor, _), do: {self(), []}
  defp valid("plural", _, _), do: {:links, []}
  defp valid("pid", _, _), do: {self(), []}
  defp valid("ref", _, _), do: {make_ref(), []}
  defp valid("code", _, _), do: {1, [1 <<< 70]}
  defp valid("message", Error, _), do: {"text", [nil, "a\0b"]}
  defp valid("exception", _, _), do: {Error.from_errno(1), []}
  defp valid("sock", _, _), do: {:sock, [:junk]}
  defp valid("socket", _, _), do: {:sock, []}
  defp valid("opts", module, function), do: {required(module, function), []}
  defp valid("filter", _, _), do: {[], []}
  defp valid("name", Link, :set), do: {"lo", []}
  defp valid("name", Link, _), do: {"v0", []}
  defp valid("name", Socket.Native, _), do: {"v0", []}
  defp valid("alt_name", _, _), do: {"alternative", []}
  defp valid("peer_name", _, _), do: {"v1", []}
  defp valid("kind", _, _), do: {:bridge, [:junk]}
  defp valid("mode", _, :create_ipvlan), do: {:l3, []}
  defp valid("mode", _, _), do: {:bridge, []}
  defp valid("parent", _, _), do: {"lo", []}
  defp valid("master", _, _), do: {"lo", []}
  defp valid("vlan_id", _, _), do: {7, []}
  defp valid("mtu", _, _), do: {1400, []}
  defp valid("netns", Link, _), do: {1, []}
  defp valid("netns", _, _), do: {{:path, "/nowhere"}, []}
  defp valid("value", _, f) when f in [:set_group, :set_txqlen], do: {7, []}
  defp valid("value", _, f) when f in [:set_alias, :set_name], do: {"v9", []}
  defp valid("value", _, :set_address), do: {"02:00:00:00:00:09", []}
  defp valid("flag", Link, _), do: {:up, []}
  defp valid("value", Encap, _), do: {{:mpls, labels: [100]}, []}
  defp valid("value", _, _), do: {true, []}
  defp valid(link, _, _) when link in ["link", "bridge", "port"], do: {"lo", []}
  defp valid(ip, _, _) when ip in ["ip", "dst", "source", "destination"], do: {"10.0.0.9", []}
  defp valid("gateway", _, _), do: {"10.0.0.1", [nil]}
  defp valid("prefix", AddressLabel, _), do: {"2001:db8::/32", []}
  defp valid("prefix", _, _), do: {32, []}
  defp valid("label", AddressLabel, _), do: {99, []}
  defp valid("mac", Neighbour, _), do: {"02:00:00:00:00:09", [nil]}
  defp valid("mac", _, _), do: {"02:00:00:00:00:09", []}
  defp valid("vids", _, _), do: {10, []}
  defp valid("msti", _, _), do: {7, []}
  defp valid("index", _, _), do: {0, []}
  defp valid("id", _, _), do: {7, []}
  defp valid("table", NeighbourTable, _), do: {"arp_cache", []}
  defp valid("table", _, _), do: {100, []}
  defp valid("timeout", Address, _), do: {0, [1 <<< 70]}
  defp valid("family", Address, _), do: {:inet, []}
  defp valid("family", _, :nfproto), do: {:inet, []}
  defp valid("family", _, _), do: {:unspec, []}
  defp valid("desired", _, _), do: {%{}, [%{}]}
  defp valid("last_applied", _, _), do: {%{}, [%{}]}
  defp valid("nexthop", _, _), do: {%Nexthop{id: 7}, []}
  defp valid("route", _, _), do: {%Route{family: 2}, []}
  defp valid("rule", Nft, :replace), do: {rule(), []}
  defp valid("rule", Nft, _), do: {rule(), []}
  # A list of the options of a rule is valid as well; the lists of @junk are not.
  defp valid("rule", _, _), do: {%Rule{family: 2}, []}
  defp valid("set", _, _), do: {%Nft.Set{family: :ip, table: "t", name: "s"}, []}
  defp valid("elements", _, _), do: {[%Nft.Element{}], []}
  defp valid("object", _, _), do: {%Nft.Table{name: "t"}, []}
  defp valid("entry", module, _) when module in [Neighbour, Fdb], do: {struct(module), []}
  defp valid("entry", _, _), do: {%Conntrack{tuple_orig: tuple()}, []}
  defp valid("tuple", _, _), do: {tuple(), []}
  defp valid("messages", _, _), do: {[%Message{type: 0x0A00, payload: <<0::32>>}], []}
  defp valid("items", _, _), do: {[%Message{type: 18, payload: <<0::128>>}], []}
  defp valid("subsys", _, _), do: {10, []}
  defp valid("op", _, _), do: {1, []}
  defp valid("res_id", _, _), do: {0, []}
  defp valid("binary", _, _), do: {<<0::32>>, ["a\0b"]}
  defp valid("type", _, _), do: {18, []}
  defp valid("flags", Socket.Native, _), do: {1, []}
  defp valid("flags", _, _), do: {0, []}
  defp valid("payload", _, _), do: {<<0::128>>, ["a\0b"]}
  defp valid(struct, _, _) when struct in ["query", "body"], do: {%Link{}, [%URI{}]}
  defp valid("group", Mdb, _), do: {"239.1.1.1", []}
  defp valid("group", Socket, _), do: {1, [1 <<< 70]}
  defp valid(id, Socket.Native, _) when id in ["owner", "group"], do: {nil, [nil]}
  defp valid("size", _, _), do: {4096, []}
  defp valid("bytes", _, _), do: {4096, [1 <<< 70]}
  defp valid("protocol", Socket, _), do: {0, [1 <<< 70]}
  defp valid("protocol", Socket.Native, _), do: {0, []}
  defp valid("protocol", _, _), do: {6, []}
  defp valid(port, _, _) when port in ["src_port", "dst_port"], do: {7, [nil]}
  defp valid("path", _, :create_tun), do: {"/nowhere", [nil]}
  defp valid("path", _, _), do: {"/nowhere", []}
  defp valid("fd", _, :close_fd), do: {-1, [-1, 1 <<< 70]}
  defp valid("fd", _, _), do: {-1, []}
  defp valid("groups", _, _), do: {0, []}
  defp valid("attrs", _, _), do: {[{1, "a"}], []}
  defp valid("message", _, _), do: {%Message{type: 18}, []}
  # Functions that only read a struct.
  defp valid(name, module, _)
       when name in ["address", "neighbour", "fdb", "mdb", "stats", "conntrack", "arg1"],
       do: {module.__struct__(), []}

  defp rule, do: %Nft.Rule{family: :ip, table: "t", chain: "c", handle: 7}

  defp tuple do
    {:ok, tuple} = Conntrack.Tuple.new("192.0.2.1", "192.0.2.2", 6, 40_000, 443)
    tuple
  end

  # Options whose absence is an error that precedes the expected one.
  defp required(Stats, :set), do: [l3_stats: true]
  defp required(Vlan, :set_mst), do: [state: :forwarding]
  defp required(Monitor, :start_link), do: [groups: [1]]
  defp required(Tc.Filter, :get), do: [prio: 1, handle: 1]
  defp required(Tc.Filter, :delete), do: [prio: 1]
  defp required(Tc.Action, verb) when verb in [:add, :replace], do: [action: :drop]
  defp required(Nfnl.Log, :start_link), do: [group: 5]

  defp required(module, function) do
    if GenericInput.module?(module), do: GenericInput.required(module, function), else: []
  end

  # Options that are taken in the place of an object.
  defp instead({Rule, :add, ["sock", "rule"]}), do: [table: 100]
  defp instead({Rule, :delete, ["sock", "rule"]}), do: [table: 100]
  defp instead({Nexthop, _, ["sock", "nexthop"]}), do: [gateway: "10.0.0.1", dev: 1]
  defp instead(_), do: nil

  # Functions that raise ArgumentError for wrong values, by their documentation: those that make bytes
  # or messages, and those that return a stream.
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
    {Message, :encode},
    {Generic, :dump},
    {Generic, :stream!},
    {Generic, :fetch},
    {Generic, :fetch_all},
    {Generic, :run}
  ]

  @input_errors [
    :bad_address,
    :bad_dump_retries,
    :bad_handle,
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

  @doc """
  `{module, function, parameters}` of each documented function, by reflection. Parameters with a
  default are included.
  """
  def functions(modules) do
    for module <- modules,
        {:docs_v1, _, _, _, _, _, docs} = Code.fetch_docs(module),
        exported = module.__info__(:functions),
        {{:function, function, arity}, _, [signature], doc, _} <- docs,
        doc != :hidden,
        arity > 0,
        {function, arity} in exported,
        # Generated by the codec of each module, and tested with it.
        {module, function} not in [{module, :encode}, {module, :decode}] or
          module in [Attr, Message],
        function != :decode,
        # Wrong options of a child specification are errors of the start.
        function != :child_spec do
      [_, inside] = Regex.run(~r/^[^(]+\((.*)\)$/s, signature)
      names = for arg <- String.split(inside, ~r/,\s*(?![^<]*>>)/), do: hd(String.split(arg, " "))
      {module, function, names}
    end
  end

  @doc "Valid arguments of a function, with this socket or process."
  def arguments({module, function, names}, sock) do
    for name <- names do
      case good(name, module, function) do
        {:sock, _} -> sock
        {:process, _} -> sock
        {value, _} -> value
      end
    end
  end

  @doc "Calls in which one argument is replaced by a value of @junk."
  def junk_calls({module, function, names} = call, sock) do
    for {name, at} <- Enum.with_index(names),
        {_good, legal} = good(name, module, function),
        junk <- @junk,
        legal != :any and junk not in legal,
        not (name == "opts" and junk == []),
        do: {module, function, List.replace_at(arguments(call, sock), at, junk)}
  end

  @doc """
  Calls with each option of the library, and a value that no option takes. Options that select objects
  do not take `nil` either: without the option, all objects would be selected.
  """
  def option_calls({module, function, names} = call, sock) do
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

  # `:ok` if the call is refused as documented, otherwise its outcome.
  defp outcome({module, function, args}) do
    case apply(module, function, args) do
      {:error, reason} when is_tuple(reason) and elem(reason, 0) in @input_errors -> :ok
      # The name of a family is an argument of these functions alone.
      {:error, {:unknown_family, _}} when module == Generic -> :ok
      # `bind_netlink/2` and `open_in_netns/2` return error numbers.
      {:error, 9} when function == :bind_netlink -> :ok
      {:error, {:socket, 93}} when function == :open_in_netns -> :ok
      %Task{} = task -> outcome({Task, :await, [task]})
      other -> {:returned, other}
    end
  rescue
    error in FunctionClauseError ->
      if {error.module, error.function} == {module, function}, do: :ok, else: {:raised, error}

    # `Rtnl.resource!/1` raises KeyError by its documentation.
    error in KeyError ->
      if {module, function} == {Rtnl, :resource!}, do: :ok, else: {:raised, error}

    error in ArgumentError ->
      if {module, function} in @argument_errors, do: :ok, else: {:raised, error}

    error ->
      {:raised, error}
  end

  @doc "The calls that are not refused as documented, with their outcomes."
  def refused(calls) do
    for {module, function, args} = call <- calls, outcome = outcome(call), outcome != :ok do
      args = Enum.map(args, &if(is_struct(&1), do: &1.__struct__, else: &1))
      {module, function, args, outcome}
    end
  end

  @doc "The value of `fun`, and the messages that this VM sends to the kernel meanwhile: lines of strace."
  def sent(fun) do
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
end

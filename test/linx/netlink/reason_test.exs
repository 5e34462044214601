defmodule Linx.Netlink.ReasonTest do
  # The text of error reasons, and the suggestions for misspelt options.
  use ExUnit.Case, async: true

  alias Linx.Netlink
  alias Linx.Netlink.{Batch, Connection, Error, Nfnl, Request, Rtnl, Socket}
  alias Linx.Netlink.Options.Names
  alias Linx.Netlink.Rtnl.{Link, Route}

  doctest Linx.Netlink

  test "the text of a misspelt option of any function suggests the right name" do
    {:ok, sock} = Rtnl.open()

    for {result, meant} <- [
          {Link.create(sock, "v0", :veth, netnss: 1), :netns},
          {Link.create(sock, "v0", :vxlan, remot: "192.0.2.1"), :remote},
          {Route.list(sock, tabel: 7), :table},
          {Batch.run(sock, [], timeuot: 1), :timeout},
          {Request.talk(sock, 18, 0, <<>>, dump_retry: 1), :dump_retries},
          {Socket.set_rcvbuf(sock, 1, forse: true), :force},
          {Rtnl.Monitor.start_link(snapshop: true), :snapshot},
          {Nfnl.Log.start_link(group: 1, threshhold: 1), :threshold},
          {Connection.start_link(rcvbuff: 1), :rcvbuf}
        ] do
      assert {:error, {:unknown_option, key}} = result

      assert Netlink.format_error(result) ==
               "unknown option #{inspect(key)} (did you mean #{inspect(meant)}?)"
    end

    :ok = Socket.close(sock)
  end

  test "a misspelt option of a stream is named in the exception" do
    {:ok, sock} = Rtnl.open()

    error = assert_raise ArgumentError, fn -> Request.stream!(sock, 18, %Link{}, timeuot: 1) end

    assert error.message == "cannot stream: unknown option :timeuot (did you mean :timeout?)"
    :ok = Socket.close(sock)
  end

  test "an option of another function, and one similar to none, has no suggestion" do
    assert Netlink.format_error({:unknown_option, :netns}) ==
             "unknown option :netns of this function"

    assert Netlink.format_error({:unknown_option, :xyzzy}) == "unknown option :xyzzy"
    assert Netlink.format_error({:unknown_option, "netns"}) == ~s(unknown option "netns")
    assert Netlink.format_error({:unknown_option, 7}) == "unknown option 7"
  end

  # The documentation of a function names its options in a list.
  test "every option that a function documents can be suggested" do
    {:ok, modules} = :application.get_key(:linx, :modules)
    names = Names.all()

    documented =
      for module <- modules,
          {:docs_v1, _, _, _, _, _, docs} <- [Code.fetch_docs(module)],
          {{:function, function, _arity}, _, [signature], %{"en" => doc}, _} <- docs,
          signature =~ "opts",
          [before, list] <- [String.split(doc, ~r/^Options[^\n]*:\n\n/m, parts: 2)],
          is_binary(before),
          options = list |> String.split(~r/\n\n(?! )/, parts: 2) |> hd(),
          [_, name] <- Regex.scan(~r/^  \* `:(\w+)`/m, options),
          do: {module, function, String.to_existing_atom(name)}

    assert length(documented) > 60
    assert Enum.reject(documented, fn {_, _, name} -> name in names end) == []
  end

  test "each form of a reason has its text" do
    refused = Error.from_errno(1)

    for {reason, text} <- [
          {{:bad_option, :mtu, "x"}, ~s(the option :mtu does not take "x")},
          {{:missing_option, :group}, "the option :group is required"},
          {{:bad_timeout, -1}, "-1 is not a timeout in milliseconds, or `:infinity`"},
          {{:bad_target, nil}, "nil is not a socket or a connection"},
          {{:bad_message, 3}, "item 3 of the list is no message"},
          {{:wrong_protocol, {0, 12}}, "the socket is of the netlink protocol 12, not 0"},
          {{:recv, :timeout}, "the reply could not be received: no answer within the timeout"},
          {{:send, :enobufs}, "the request could not be sent: ENOBUFS (105)"},
          {{:open, 2}, "the namespace could not be opened: netlink ENOENT (2)"},
          {:eperm, "EPERM (1)"},
          {refused, "netlink EPERM (1)"},
          {{:error, refused}, "netlink EPERM (1)"},
          {{2, refused}, "message 2: netlink EPERM (1)"},
          {{nil, refused}, "the transaction: netlink EPERM (1)"},
          {{:normalize, {:route, {:bad_address, "x"}}},
           ~s(normalize: route: "x" is not an IP address)}
        ],
        do: assert({reason, Netlink.format_error(reason)} == {reason, text})
  end

  test "any term has a text of one line" do
    for reason <- [
          nil,
          7,
          "text\n",
          {},
          {1},
          {:a, :b, :c},
          {:bad_option, 1, String.duplicate("x\n", 10_000)},
          {:unknown_option, nil},
          {:bad_name, <<255, 10>>},
          {:recv, -1},
          {:recv, {:odd, []}},
          {nil, nil},
          {"text", 1},
          %{a: 1},
          {:error, {:error, :odd}},
          Enum.to_list(1..10_000)
        ] do
      text = Netlink.format_error(reason)
      assert String.valid?(text)
      assert byte_size(text) in 1..1000
      refute text =~ "\n"
    end
  end
end

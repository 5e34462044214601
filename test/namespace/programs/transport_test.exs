defmodule Linx.Namespace.Programs.TransportTest do
  # Short programs as users write them: sockets in namespaces, and requests by `Request.talk/5`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Message, Request, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link

  defp names(sock) do
    {:ok, links} = Link.list(sock)
    Enum.sort(for link <- links, do: link.name)
  end

  test "a socket is opened in the VM's namespace, in a named one, and in that of a process",
       %{ns: ns, path: path} do
    ip!(ns, "link add switch type bridge")
    shown = Enum.sort(for %{"ifname" => name} <- ip_json(ns, "link show"), do: name)

    {:ok, here} = Rtnl.open()
    assert here.netns == :host
    {:ok, named} = Rtnl.open({:path, path})
    {:ok, own} = Rtnl.open({:pid, String.to_integer(System.pid())})
    {:ok, generic} = Socket.open(16)

    assert names(named) == shown
    assert names(own) == names(here)
    refute "switch" in names(here)
    assert generic.protocol == 16

    assert Rtnl.open({:path, "/run/netns/nowhere"}) == {:error, {:open, 2}}

    for sock <- [here, named, own, generic], do: assert(Socket.close(sock) == :ok)
    assert Socket.close(here) == :ok
    assert {:error, _} = Link.list(here)
  end

  describe "a request by Request.talk/5" do
    setup %{path: path} do
      {:ok, sock} = Rtnl.open({:path, path})
      on_exit(fn -> Socket.close(sock) end)
      %{sock: sock}
    end

    test "dumps links as messages", %{sock: sock, ns: ns} do
      ip!(ns, "link add switch type bridge")

      # RTM_GETLINK, NLM_F_DUMP, an empty struct ifinfomsg.
      {:ok, messages} = Request.talk(sock, 18, 0x300, <<0::128>>)
      links = for %Message{type: 16, payload: body} <- messages, do: Link.decode(body)

      assert for(link <- links, do: {link.index, link.name}) ==
               for(link <- ip_json(ns, "link show"), do: {link["ifindex"], link["ifname"]})

      case Request.talk(sock, 18, 0x300, <<0::128>>, dump_retries: 0) do
        {:ok, again} -> assert length(again) == length(messages)
        {:error, reason} -> assert reason == :dump_interrupted
      end
    end

    test "is acknowledged if it has NLM_F_ACK, and times out otherwise", %{sock: sock} do
      # NLMSG_NOOP, with NLM_F_ACK and without.
      assert Request.talk(sock, 1, 4) == {:ok, []}
      assert Request.talk(sock, 1, 0, <<>>, timeout: 50) == {:error, {:recv, :timeout}}
    end

    test "shares its socket with requests of other processes", %{sock: sock} do
      results =
        1..40
        |> Task.async_stream(fn _ -> Link.get(sock, "lo") end,
          max_concurrency: 40,
          timeout: :infinity
        )
        |> Enum.to_list()

      assert length(results) == 40
      for result <- results, do: assert({:ok, {:ok, %Link{name: "lo", index: 1}}} = result)
    end
  end
end

defmodule Linx.Test.Tc do
  @moduledoc false
  # `tc` as a judge, and packets to count.

  import ExUnit.Assertions
  import ExUnit.Callbacks, only: [on_exit: 1]
  import Linx.Test.Netns

  alias Linx.Netlink.Rtnl.Tc.Qdisc

  alias Linx.Test.JSON

  @doc "What `tc` prints in a namespace."
  def tc!(ns, args), do: exec!(ns, "tc", args)

  @doc """
  The objects that `tc -json` lists in a namespace, with counters. Rates are bytes per second, sizes bytes.
  With `details: true` as `tc -details` shows them, sizes as text.
  """
  def tc_json(ns, args, opts \\ []) do
    details = if opts[:details], do: "-details ", else: ""

    case tc!(ns, "-json -statistics " <> details <> args) do
      "" -> []
      text -> JSON.decode!(text)
    end
  end

  @doc """
  The options and counters of the kind of a link's qdisc, as `tc` shows them, without what all kinds have.
  """
  def tc_shown(ns, link) do
    [%{"options" => options} = shown] = tc_json(ns, "qdisc show dev #{link} root", details: true)

    {options,
     Map.drop(
       shown,
       ~w(kind handle parent root refcnt options bytes packets drops overlimits requeues backlog qlen)
     )}
  end

  @doc """
  Sets each list of options by the library on `v0` and its words by `tc` on `v1`, and compares what `tc`
  shows of both, and what the library reads of both. `same` makes what is read comparable. Returns what is
  read of `v0`.
  """
  def assert_as_tc(sock, ns, kind, cases, same \\ & &1) do
    for {opts, words} <- cases do
      for link <- ["v0", "v1"], do: Qdisc.delete(sock, link)
      assert {opts, Qdisc.add(sock, "v0", kind, opts)} == {opts, :ok}
      tc!(ns, "qdisc add dev v1 root #{kind} #{words}")
      assert {opts, tc_shown(ns, "v0")} == {opts, tc_shown(ns, "v1")}
      {:ok, ours} = Qdisc.get(sock, "v0", nil)
      {:ok, theirs} = Qdisc.get(sock, "v1", nil)
      assert {opts, same.(ours.options)} == {opts, same.(theirs.options)}
      ours.options
    end
  end

  @doc """
  The words behind which `tc` prints a value for a class, with that value: `tc` of iproute2 before 6.9 prints
  no JSON of classes. `nil` for a class that is not there.
  """
  def tc_class(ns, link, classid) do
    text = tc!(ns, "-details -statistics class show dev #{link}")

    with [_, line] <- Regex.run(~r/^class (\w+ #{classid} .*(?:\n .*)*)/m, text) do
      [kind, _classid | words] = String.split(line)
      words = Enum.map(words, &String.trim(&1, "("))
      Map.new([{"kind", kind} | words |> Enum.zip(tl(words)) |> Enum.reverse()])
    end
  end

  @doc "A UDP socket in a namespace, bound to an address; it ends with the test."
  def netns_udp(ns, address) do
    {:ok, udp} = :socket.open(:inet, :dgram, :udp, %{netns: String.to_charlist(path(ns))})
    on_exit(fn -> :socket.close(udp) end)
    {:ok, ip} = :inet.parse_address(String.to_charlist(address))
    :ok = :socket.bind(udp, %{family: :inet, addr: ip, port: 0})
    {:ok, udp}
  end

  @doc "Sends a datagram to port 9 of an address."
  def send_udp(udp, address, bytes) do
    {:ok, ip} = :inet.parse_address(String.to_charlist(address))
    :ok = :socket.sendto(udp, bytes, %{family: :inet, addr: ip, port: 9})
  end
end

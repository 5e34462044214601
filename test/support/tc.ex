defmodule Linx.Test.Tc do
  @moduledoc false
  # `tc` as a judge, and packets to count.

  import ExUnit.Assertions
  import ExUnit.Callbacks, only: [on_exit: 1]
  import Linx.Test.Netns

  alias Linx.Netlink.Rtnl.Tc.{Ematch, Filter, Qdisc}
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
  The options and counters of the kind of a link's qdisc, as `tc` shows them, without what all kinds have. Text
  for `sfq`, of which `tc` prints no JSON.
  """
  def tc_shown(ns, link, kind \\ nil)

  def tc_shown(ns, link, :sfq) do
    text = tc!(ns, "-details -statistics qdisc show dev #{link} root")
    [_, options] = Regex.run(~r/^qdisc sfq \w+: root refcnt \d+ (.*?) Sent /s, text)
    options
  end

  def tc_shown(ns, link, _kind) do
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
      set(sock, kind, opts)

      for words <- List.wrap(words),
          do: tc!(ns, "qdisc replace dev v1 root handle 1: #{kind} #{words}")

      assert {opts, tc_shown(ns, "v0", kind)} == {opts, tc_shown(ns, "v1", kind)}
      {:ok, ours} = Qdisc.get(sock, "v0", nil)
      {:ok, theirs} = Qdisc.get(sock, "v1", nil)
      assert {opts, same.(ours.options)} == {opts, same.(theirs.options)}
      ours.options
    end
  end

  # One list of options, or several after each other.
  defp set(sock, kind, [first | _] = lists) when is_list(first),
    do: for(opts <- lists, do: set(sock, kind, opts))

  defp set(sock, kind, opts),
    do: assert({opts, Qdisc.replace(sock, "v0", kind, [handle: "1:"] ++ opts)} == {opts, :ok})

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

  @doc "The links v0 and v1 of a namespace up, and a UDP socket whose packets to 192.0.2.2 leave on v0."
  def udp(ns) do
    for link <- ["v0", "v1"], do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 192.0.2.1/24 dev v0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
    {:ok, udp} = netns_udp(ns, "192.0.2.1")
    udp
  end

  @doc "A qdisc of a kind, 2:, within one on v0 that sends hardly anything."
  def congested(sock, kind, opts) do
    Qdisc.delete(sock, "v0")
    :ok = Qdisc.add(sock, "v0", :tbf, handle: "1:", rate: "4kbit", burst: 2000, limit: 100_000)

    assert {kind, Qdisc.add(sock, "v0", kind, [parent: "1:1", handle: "2:"] ++ opts)} ==
             {kind, :ok}
  end

  @doc "What `tc` shows of the qdisc 2: on v0, and the counters of its kind that the library reads."
  def xstats(sock, ns) do
    {:ok, %Qdisc{xstats: xstats}} = Qdisc.get(sock, "v0", "2:")
    {Enum.find(tc_json(ns, "qdisc show dev v0"), &(&1["handle"] == "2:")), xstats}
  end

  @doc """
  The lines of `tc -details -statistics filter show` of a parent of a link, without indices and ages of actions.
  """
  def tc_filters(ns, link, parent \\ "ingress") do
    tc!(ns, "-details -statistics filter show dev #{link} #{parent}")
    |> String.replace(~r/index \d+|(?<=police )0x\w+|(installed|used|firstused) \d+ sec/, "")
    |> String.split("\n")
  end

  @doc """
  Asserts for each `{opts, words}` that a filter of ours with `opts`, on `v0`, is shown as that of `tc` with
  `words`, on `v1`, and that both are read as the same. Returns the structs of the options that were read.
  `parent` are the words of `tc` for the option `:parent` in all `opts`.
  """
  def same_filters(sock, ns, kind, parent, pairs) do
    for {opts, words} <- pairs do
      {protocol, words} = protocol(words)
      result = Filter.add(sock, "v0", kind, opts)
      assert {opts, result} == {opts, :ok}
      tc!(ns, "filter add dev v1 #{parent} #{protocol} #{kind} #{words}")
      ours = tc_filters(ns, "v0", parent)
      assert {opts, ours} == {opts, tc_filters(ns, "v1", parent)}
      assert length(ours) > 2
      place = Keyword.take(opts, [:parent])
      {:ok, ours} = Filter.list(sock, "v0", place)
      {:ok, theirs} = Filter.list(sock, "v1", place)
      assert {opts, Enum.map(ours, &options/1)} == {opts, Enum.map(theirs, &options/1)}
      chain = Keyword.get(opts, :chain, 0)
      for link <- ["v0", "v1"], do: tc!(ns, "filter del dev #{link} #{parent} chain #{chain}")
      assert Filter.list(sock, "v0", place) == {:ok, []}
      List.last(ours).options
    end
  end

  # Without what differs and means the same: indices of actions, and masks of all bits in extended matches.
  defp options(%{options: options}) do
    options = if match?(%{act: [_ | _]}, options), do: %{options | act: nil}, else: options

    case options do
      %{ematches: ematches} -> %{options | ematches: Ematch.expression(ematches)}
      _ -> options
    end
  end

  # What stands before the kind.
  defp protocol(words) do
    case String.split(words, " : ") do
      [place, words] -> {place, words}
      [words] -> {"", words}
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

  # AF_PACKET, ETH_P_ALL in network order, NLM_F_REQUEST.
  @packet 17
  @all 0x0300
  @request 1

  @doc """
  The bodies of the requests of a type that programs in a namespace sent to the kernel during `fun`, in
  order. Needs links of the type nlmon, which copy the messages of netlink.
  """
  def requests(ns, type, fun) do
    ip!(ns, "link add nlmon0 type nlmon")
    ip!(ns, "link set nlmon0 up")

    {:ok, socket} = :socket.open(@packet, :raw, @all, %{netns: String.to_charlist(path(ns))})

    # SOL_SOCKET, SO_RCVBUFFORCE: room for the copies of all replies.
    :ok = :socket.setopt_native(socket, {1, 33}, <<16_000_000::native-32>>)

    try do
      fun.()

      for <<_::32, ^type::native-16, flags::native-16, _::64, body::binary>> <- packets(socket),
          rem(flags, 2) == @request,
          do: body
    after
      :socket.close(socket)
      ip!(ns, "link del nlmon0")
    end
  end

  defp packets(socket) do
    case :socket.recv(socket, 0, [], 0) do
      {:ok, packet} -> [packet | packets(socket)]
      {:error, :timeout} -> []
    end
  end

  @doc "The attributes of bytes by their numbers, without flag bits."
  def attributes(<<size::native-16, type::native-16, rest::binary>>) do
    {payload, rest} = split(rest, size - 4)
    {_padding, rest} = split(rest, min(rem(4 - rem(size, 4), 4), byte_size(rest)))
    Map.put(attributes(rest), Bitwise.&&&(type, 0x3FFF), payload)
  end

  def attributes(<<>>), do: %{}

  defp split(bytes, at),
    do: {binary_part(bytes, 0, at), binary_part(bytes, at, byte_size(bytes) - at)}
end

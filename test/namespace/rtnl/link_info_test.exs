defmodule Linx.Namespace.Rtnl.LinkInfoTest do
  # Every option of every kind: set by `Link.create/4`, read back by `ip -json -details`. Options
  # that this `ip` does not show are read back by the library, `{:own, path, value}`, which is a
  # weaker judge.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.{IP, MAC}
  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Link, LinkInfo, Reconcile}
  alias Linx.Test.LinkKindOptions

  # Kinds of a kernel with the usual drivers; the others are tested in a virtual machine.
  @everywhere ["bridge", "vxlan", "macvlan", "macvtap", "veth"]

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    :ok = Link.create_veth(sock, "base", "far")
    %{sock: sock}
  end

  for {{kind, _base, _rows}, index} <- Enum.with_index(LinkKindOptions.rows()) do
    unless kind in @everywhere, do: @tag(:vm)

    test "the options of #{kind} are set and read back", %{ns: ns, sock: sock} do
      {kind, base, rows} = Enum.at(LinkKindOptions.rows(), unquote(index))
      _ = for d <- ["d1", "d2"], do: Link.create_dummy(sock, d)

      if supported?(ns, kind) do
        assert rows != []
        for row <- rows, do: check(ns, sock, name(kind), base, row)
      else
        IO.puts(:stderr, "\nNot tested: this kernel has no links of kind #{kind}.")
      end
    end
  end

  test "every option of every kind is in the table, or in the list of exceptions" do
    tested =
      for {kind, base, rows} <- LinkKindOptions.rows(),
          {opts, _} <- rows,
          key <- Keyword.keys(base ++ opts),
          do: {name(kind), key}

    missing =
      for {kind, _module} <- kinds(),
          {key, _row} <- elem(LinkInfo.kind(kind), 1),
          {kind, key} not in tested,
          not unjudged?(kind, key) do
        {kind, key}
      end

    assert missing == []
  end

  @tag :vm
  test "the options of an existing bridge can be set", %{ns: ns, sock: sock} do
    for {"bridge" <> _ = kind, _base, rows} <- LinkKindOptions.rows(),
        supported?(ns, kind),
        {opts, expected} <- rows do
      :ok = Link.create_bridge(sock, "x")
      assert Link.set(sock, "x", opts) == :ok
      judge(ns, sock, opts, expected)
      :ok = Link.delete(sock, "x")
    end
  end

  @tag :vm
  test "the options of an existing bond can be set", %{ns: ns, sock: sock} do
    for {"bond" <> _ = kind, base, rows} <- LinkKindOptions.rows(),
        supported?(ns, kind),
        {opts, expected} <- rows,
        not Keyword.has_key?(opts, :mode) do
      :ok = Link.create_bond(sock, "x", base)
      assert Link.set(sock, "x", opts) == :ok
      judge(ns, sock, opts, expected)
      :ok = Link.delete(sock, "x")
    end
  end

  test "source addresses of a macvlan are added and removed", %{ns: ns, sock: sock} do
    :ok =
      Link.create_macvlan(sock, "x", "base", :source,
        macaddr_mode: :add,
        macaddr: "02:00:00:00:00:01"
      )

    :ok = Link.set(sock, "x", macaddr_mode: :add, macaddr: "02:00:00:00:00:02")
    assert info(ns)["macaddr_data"] |> Enum.sort() == ["02:00:00:00:00:01", "02:00:00:00:00:02"]

    :ok = Link.set(sock, "x", macaddr_mode: :del, macaddr: "02:00:00:00:00:01")
    assert info(ns)["macaddr_data"] == ["02:00:00:00:00:02"]

    :ok = Link.set(sock, "x", macaddr_mode: :flush)
    assert info(ns)["macaddr_count"] == 0
  end

  test "identifiers of the spanning tree of a bridge are read", %{ns: ns, sock: sock} do
    :ok = Link.create_bridge(sock, "x", address: "02:00:00:00:00:2a", priority: 0x1000)
    {:ok, %{linkinfo: %{info_data: %{status: status}}}} = Link.get(sock, "x")

    assert info(ns)["bridge_id"] == "1000.2:0:0:0:0:2a"
    assert status.bridge_id.priority == 0x1000
    assert LinkInfo.Bridge.Id.address(status.bridge_id) == %MAC{bytes: <<2, 0, 0, 0, 0, 0x2A>>}
  end

  test "options are added to a struct given as :info_data", %{ns: ns, sock: sock} do
    data = %LinkInfo.Vxlan{id: 7, port: 4790, group: IP.decode(<<192, 0, 2, 1>>)}
    :ok = Link.create(sock, "x", :vxlan, info_data: data, ttl: 9)
    assert %{"id" => 7, "port" => 4790, "remote" => "192.0.2.1", "ttl" => 9} = info(ns)
  end

  defp check(ns, sock, kind, base, {opts, expected}) do
    # `nil` in a row removes an option of the base.
    all = base |> Keyword.merge(opts) |> Enum.reject(fn {_, value} -> value == nil end)
    assert {^all, :ok} = {all, Link.create(sock, "x", kind, all)}
    judge(ns, sock, opts, expected)

    # A pass changes nothing on this link, and updates a link that has only the base's options.
    assert {all, to_do(sock, kind, all)} == {all, []}
    :ok = Link.delete(sock, "x")
    base = Enum.reject(base, fn {_, value} -> value == nil end)

    with :ok <- Link.create(sock, "x", kind, base) do
      unless Enum.any?(opts, fn {key, value} -> value == nil or no_update?(kind, key, value) end),
        do: assert([{^all, :update}] = for({verb, _} <- to_do(sock, kind, all), do: {all, verb}))

      :ok = Link.delete(sock, "x")
    end
  end

  defp to_do(sock, kind, opts) do
    # `last` contains the link, as after an earlier pass that created it.
    {:ok, %{index: index}} = Link.get(sock, "x")
    last = %{links: MapSet.new([{"x", index}])}
    {:ok, report} = Reconcile.reconcile(sock, %{links: [{"x", kind, opts}]}, last, dry_run: true)
    report.pending
  end

  # Options with the default value, and options that the kernel does not report.
  defp no_update?(kind, key, value) do
    {key, value} in [mode: :vepa, window: 6] or key == :multicast_spec or
      (kind == "ipvlan" and value == :l3) or (kind == "macsec" and key == :port)
  end

  defp judge(_ns, sock, opts, {:own, path, value}) do
    {:ok, link} = Link.get(sock, "x")
    assert {opts, dig(link.linkinfo.info_data, path)} == {opts, value}
  end

  defp judge(ns, _sock, opts, {:link, expected}) do
    [link] = ip_json(ns, "-details link show dev x")
    assert {opts, Map.take(link, Map.keys(expected))} == {opts, expected}
  end

  defp judge(ns, _sock, opts, expected) do
    assert {opts, Map.take(info(ns), Map.keys(expected))} == {opts, expected}
  end

  defp dig(value, path) do
    Enum.reduce(path, value, fn
      key, struct when is_atom(key) -> Map.fetch!(struct, key)
      fun, value -> fun.(value)
    end)
  end

  defp info(ns) do
    [link] = ip_json(ns, "-details link show dev x")
    # Newer versions of ip have null for a flag that is set.
    Map.new(link["linkinfo"]["info_data"] || %{}, fn {key, value} ->
      {key, if(value == nil, do: true, else: value)}
    end)
  end

  defp name(kind), do: kind |> String.split() |> hd()

  # Whether this kernel has links of the kind. `ip` answers, since the library is under test.
  defp supported?(ns, kind) do
    case String.split(kind) do
      [kind] -> probe(ns, [kind]) != :unknown
      [kind, "fou"] -> probe(ns, [kind, "local", local(kind), "encap", "fou"]) == :ok
      [kind, since] -> probe(ns, [kind]) != :unknown and version(since) <= version(release())
    end
  end

  defp local("ip6" <> _), do: "2001:db8::7"
  defp local(_kind), do: "192.0.2.7"

  defp probe(ns, args) do
    {answer, status} =
      System.cmd("ip", ["-n", ns, "link", "add", "probe", "type" | args], stderr_to_stdout: true)

    _ = System.cmd("ip", ["-n", ns, "link", "delete", "probe"], stderr_to_stdout: true)

    cond do
      status == 0 -> :ok
      answer =~ "Unknown device type" -> :unknown
      true -> :refused
    end
  end

  defp release, do: File.read!("/proc/sys/kernel/osrelease")

  defp version(text) do
    text |> String.split(~r/[^0-9]/, trim: true) |> Enum.take(2) |> Enum.map(&String.to_integer/1)
  end

  defp kinds do
    {_, _, {:dispatch, :kind, table}} = List.keyfind(LinkInfo.__codec__().attrs, :info_data, 1)
    table
  end

  defp unjudged?(kind, key) do
    Enum.any?(LinkKindOptions.unjudged(), fn {kinds, keys} ->
      fits?(kinds, kind) and fits?(keys, to_string(key))
    end)
  end

  defp fits?(pattern, text) when is_struct(pattern, Regex), do: text =~ pattern
  defp fits?(pattern, text), do: to_string(pattern) == text
end

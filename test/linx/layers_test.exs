defmodule Linx.LayersTest do
  # Every reference from one module of the library to another, as recorded by the compiler, is
  # allowed by the table of rooms. A ban on cycles would not work: the peer of a veth is a link.
  use ExUnit.Case, async: true

  import ExUnit.CaptureIO

  # The first pattern that matches a file gives its room. In the room `:family`, the first capture
  # is the family: the files in `rtnl/route/` belong to the family of `rtnl/route.ex`.
  @rooms [
    {~S"^lib/linx/(?:ip|mac|link_address|sigils|import_list|text)(?:/.*)?\.ex$", :values},
    {~S"^lib/linx/errno\.ex$", :wire},
    {~S"^lib/linx/netlink\.ex$", :front_page},
    {~S"^lib/linx/netlink/reason\.ex$", :reasons},
    {~S"^lib/linx/application\.ex$", :application},
    {~S"^lib/linx/netlink/native\.ex$", :native},
    {~S"^lib/linx/netlink/(?:constants|attr|message|error|codec|ip_protocol)(?:/.*)?\.ex$",
     :wire},
    {~S"^lib/linx/netlink/options(?:/.*)?\.ex$", :options},
    {~S"^lib/linx/netlink/(?:permit|socket|target|request|batch|connection|listener|protocol|monitor|process_options|term_registry|gen_server_init)(?:/.*)?\.ex$",
     :transport},
    {~S"^lib/linx/netlink/resource(?:/.*)?\.ex$", :declaring},
    {~S"^lib/linx/netlink/spec(?:/.*)?\.ex$", :generator},
    {~S"^lib/mix/tasks/.*\.ex$", :task},
    {~S"^lib/linx/netlink/rtnl\.ex$", :registry},
    {~S"^lib/linx/netlink/rtnl/(?:link(?:_info)?(?:/.*)?|stats/link64|ref|flush)\.ex$", :link},
    {~S"^lib/linx/netlink/rtnl/(?:encap|fdb_ext_attrs|names|nda_cacheinfo|ndmsg|protocol|realms)(?:/.*)?\.ex$",
     :parts},
    {~S"^lib/linx/netlink/rtnl/diff(?:/.*)?\.ex$", :planning},
    {~S"^lib/linx/netlink/rtnl/(?:monitor|reconcile|view)(?:/.*)?\.ex$", :driving},
    {~S"^lib/linx/netlink/generic(?:/(?:controller|event|family|header|id|link_index|monitor|policy|verb)(?:/.*)?)?\.ex$",
     :generic},
    {~S"^lib/linx/netlink/(rtnl/[^/.]+|nfnl|generic/[^/.]+)(?:/.*)?\.ex$", :family}
  ]

  # The rooms that a room may use besides itself. A family may use itself, but no other family.
  # Attribute sets that several families contain are in `:parts`.
  @allowed %{
    values: [],
    front_page: [:reasons],
    reasons: [:values, :wire, :options],
    application: [:native],
    native: [],
    wire: [:values, :native],
    generator: [],
    task: [:generator],
    options: [:values],
    transport: [:wire, :native, :options, :reasons],
    declaring: [:values, :wire, :options, :reasons, :transport],
    parts: [:values, :wire, :options],
    link: [:values, :wire, :options, :reasons, :transport, :declaring],
    generic: [:values, :wire, :options, :reasons, :transport],
    family: [:values, :wire, :options, :reasons, :transport, :declaring, :generic, :link, :parts],
    registry: [:transport, :declaring, :link, :family],
    planning: [:values, :declaring, :registry, :link, :parts, :family],
    driving: [
      :values,
      :wire,
      :options,
      :reasons,
      :transport,
      :declaring,
      :registry,
      :link,
      :parts,
      :family,
      :planning
    ]
  }

  test "every file of lib is in a room" do
    assert Enum.filter(files(), &(room(&1) == nil)) == []
  end

  test "no module refers to a module that its room must not use" do
    edges = edges()

    # An edge that always exists: it would be missing from an output that could not be parsed.
    assert {"lib/linx/ip/subnet.ex", "lib/linx/ip.ex"} in edges
    assert length(edges) > 1

    assert Enum.reject(edges, &allowed?/1) == []
  end

  test "the rules allow the permitted edges and refuse the others" do
    good = [
      {"netlink/codec.ex", "ip.ex"},
      {"netlink/socket/native.ex", "netlink/native.ex"},
      {"netlink/rtnl/route.ex", "netlink/rtnl/link.ex"},
      {"netlink/rtnl/link_info/veth.ex", "netlink/rtnl/link.ex"},
      {"netlink/rtnl/route.ex", "netlink/rtnl/encap/mpls.ex"},
      {"netlink/rtnl/stats.ex", "netlink/rtnl/stats/link64.ex"},
      {"netlink/rtnl/route.ex", "netlink/resource.ex"},
      {"netlink/rtnl.ex", "netlink/rtnl/route.ex"},
      {"netlink/rtnl/view.ex", "netlink/rtnl.ex"},
      {"netlink/rtnl/reconcile.ex", "netlink/rtnl/diff.ex"},
      {"netlink/rtnl/reconcile.ex", "netlink/rtnl/encap/bpf.ex"},
      {"netlink/nfnl.ex", "netlink/nfnl/codec.ex"}
    ]

    bad = [
      {"ip.ex", "netlink/attr.ex"},
      {"netlink/message.ex", "netlink/socket.ex"},
      {"netlink/request.ex", "netlink/rtnl/link.ex"},
      {"netlink/rtnl/route.ex", "netlink/native.ex"},
      {"netlink/rtnl/route.ex", "netlink/rtnl/address.ex"},
      {"netlink/rtnl/link.ex", "netlink/rtnl/address.ex"},
      {"netlink/rtnl/route.ex", "netlink/rtnl.ex"},
      {"netlink/resource.ex", "netlink/rtnl/route.ex"},
      {"netlink/nfnl.ex", "netlink/rtnl/rule.ex"},
      {"netlink/rtnl/diff.ex", "netlink/socket.ex"},
      {"netlink/rtnl/address.ex", "netlink/rtnl/monitor.ex"},
      {"netlink/rtnl/monitor.ex", "netlink/native.ex"},
      {"netlink/elsewhere.ex", "ip.ex"}
    ]

    in_lib = fn {from, to} -> {"lib/linx/" <> from, "lib/linx/" <> to} end
    assert Enum.reject(good, &allowed?(in_lib.(&1))) == []
    assert Enum.filter(bad, &allowed?(in_lib.(&1))) == []
  end

  defp allowed?({from, to}) do
    case {room(from), room(to)} do
      {nil, _} -> false
      {same, same} -> true
      {{room, _}, {other, _}} -> other in @allowed[room]
      _ -> false
    end
  end

  # `{room, family}`; outside the room of families, the family is `nil`.
  defp room(file) do
    Enum.find_value(@rooms, fn {pattern, room} ->
      case Regex.run(Regex.compile!(pattern), file) do
        [_, family | _] when room == :family -> {room, family}
        [_ | _] -> {room, nil}
        nil -> nil
      end
    end)
  end

  defp files, do: Path.wildcard("lib/**/*.ex")

  # `mix xref graph --format plain` prints a file at the margin, and below it, after branches, the
  # files to which it refers: "|-- lib/linx/ip/subnet.ex (compile)".
  defp edges do
    graph = capture_io(fn -> Mix.Task.rerun("xref", ["graph", "--format", "plain"]) end)

    {edges, _} =
      graph
      |> String.split("\n", trim: true)
      |> Enum.flat_map_reduce(nil, fn line, from ->
        case Regex.run(~r/^(\|-- |`-- )?(lib\S+\.ex)/, line) do
          [_, "", file] -> {[], file}
          [_, _branch, to] -> {[{from, to}], from}
          nil -> {[], nil}
        end
      end)

    for {from, to} <- edges, String.starts_with?(from || "", "lib/"), do: {from, to}
  end
end

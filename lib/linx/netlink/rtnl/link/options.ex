defmodule Linx.Netlink.Rtnl.Link.Options do
  @moduledoc """
  Options of every link: of `Linx.Netlink.Rtnl.Link.create/4` and `set/3`, and of the peer of a pair.

      Link.create(sock, "v0", :veth, mtu: 1400, up: true, peer: [name: "v1"])
      Link.set(sock, "v0", mtu: 9000, group: 7)

  Kernel side: `IFLA_*` and `IFF_*` of `include/uapi/linux/if_link.h` and `if.h`. The options of a kind
  are in the module of the kind, `Linx.Netlink.Rtnl.LinkInfo.*`.
  """

  # From the options of a caller to a request, in three steps: `cast_new/3` or `cast/1` checks the
  # options, `resolve/3` looks up the links that they name, `to_request/3` opens the namespaces that
  # they name, builds the struct and closes the namespaces after the request.

  use Linx.Netlink.Options

  import Bitwise

  alias Linx.{LinkAddress, Text}
  alias Linx.Netlink.{Batch, Error, Socket}
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}
  alias Linx.Netlink.Rtnl.Link.{AfSpec, Inet6, Limits, Request, Status}

  @type t :: [Options.assign()]

  @operstates [
    unknown: 0,
    notpresent: 1,
    down: 2,
    lowerlayerdown: 3,
    testing: 4,
    dormant: 5,
    up: 6
  ]

  @u32 0..0xFFFFFFFF

  options(
    name: {{:name, 15}, "name; at creation it may hold `%d`, which the kernel counts up"},
    parent: {:link, "underlying link", field: [:link], only: :create},
    index: {1..0x7FFFFFFF, "index", only: :create},
    address: {:link_address, "hardware address"},
    broadcast: {:link_address, "hardware broadcast address"},
    mtu: {1..0xFFFFFFFF, "largest packet (MTU), bytes"},
    txqlen: {@u32, "length of the transmit queue, packets"},
    group: {@u32, "group of links, a number"},
    master: {:master, "bridge, bond or VRF of the link"},
    netns: {:netns, "network namespace"},
    up: {{:iff, 0x1, true}, "administratively up"},
    arp: {{:iff, 0x80, false}, "use ARP"},
    dynamic: {{:iff, 0x8000, true}, "addresses are lost when the link goes down"},
    multicast: {{:iff, 0x1000, true}, "use multicast"},
    allmulticast: {{:iff, 0x200, true}, "receive all multicast"},
    promisc: {{:iff, 0x100, true}, "promiscuous mode: receive all packets"},
    alias: {{:string, 255}, "description, empty for none", field: [:ifalias], only: :set},
    num_tx_queues:
      {1..4096, "transmit queues", field: [{:limits, Limits}, :num_tx_queues], only: :create},
    num_rx_queues:
      {1..4096, "receive queues", field: [{:limits, Limits}, :num_rx_queues], only: :create},
    linkmode:
      {{:enum, [default: 0, dormant: 1]}, "operational state after a carrier appears",
       field: [{:status, Status}, :linkmode], values: "IF_LINK_MODE_"},
    operstate: {{:enum, @operstates}, "operational state, set by user space", values: "IF_OPER_"},
    carrier: {:bool, "carrier, if the driver allows it to be set", only: :set},
    proto_down:
      {:bool, "held down by a protocol", field: [{:status, Status}, :proto_down], only: :set},
    gso_max_size:
      {@u32, "largest packet passed to segmentation offload (GSO), bytes",
       field: [{:limits, Limits}, :gso_max_size]},
    gso_max_segs:
      {0..0xFFFF, "maximum number of segments of a GSO packet",
       field: [{:limits, Limits}, :gso_max_segs]},
    gro_max_size:
      {@u32, "largest packet merged by receive offload (GRO), bytes",
       field: [{:limits, Limits}, :gro_max_size]},
    gso_ipv4_max_size:
      {@u32, "largest GSO packet of IPv4, bytes", field: [{:limits, Limits}, :gso_ipv4_max_size]},
    gro_ipv4_max_size:
      {@u32, "largest GRO packet of IPv4, bytes", field: [{:limits, Limits}, :gro_ipv4_max_size]},
    addr_gen_mode:
      {{:enum, Inet6.__addr_gen_modes__()}, "generation of IPv6 link-local addresses",
       field: [{:af_spec, AfSpec}, {:inet6, Inet6}, :addr_gen_mode], only: :set},
    token:
      {:ip6, "IPv6 interface identifier for advertised prefixes",
       field: [{:af_spec, AfSpec}, {:inet6, Inet6}, :token], only: :set}
  )

  @doc false
  @spec operstates() :: keyword(0..6)
  def operstates, do: @operstates

  # The options of a new link of a kind.
  @doc false
  @spec cast_new(String.t(), String.t(), keyword()) :: {:ok, t()} | {:error, Options.reason()}
  def cast_new(name, kind, opts) do
    {data, opts} = Keyword.pop(opts, :info_data)
    {module, table} = LinkInfo.kind(kind)
    {own, common} = split_own(opts, table)
    own = if data == nil, do: LinkInfo.defaults(kind, own) ++ own, else: own

    with :ok <- no_name(common),
         {:ok, link} <- Options.parse(__options__(), [name: name] ++ common, :create),
         {:ok, fields} <- Options.parse(table, own, :create),
         {:ok, info} <- info(kind, module, data, fields) do
      {:ok, link ++ info ++ in_data(fields, :info_data, module)}
    end
  end

  # The options of a new tun (1) or tap (2): arguments of the ioctl, and options to set after it.
  @doc false
  @spec cast_tun(String.t(), 1 | 2, keyword()) ::
          {:ok, %{flags: 0..0xFFFF, owner: integer() | nil, group: integer() | nil}, keyword()}
          | {:error, Options.reason()}
  def cast_tun(name, type, opts) do
    {_module, table} = LinkInfo.kind("tun")
    {own, common} = split_own(opts, table)

    with :ok <- no_name(common),
         {:ok, _link} <- Options.parse(__options__(), [name: name] ++ common, :set),
         # The ioctl does not return the name that the kernel makes of `%d`.
         false <- common != [] and String.contains?(name, "%") and {:error, {:bad_name, name}},
         {:ok, fields} <- Options.parse(table, own, :create) do
      given = Map.new(fields, fn {[field], value} -> {field, value} end)

      # IFF_NO_PI unless `pi`, and the others of include/uapi/linux/if_tun.h.
      flags =
        type ||| if(given[:pi] == 1, do: 0, else: 0x1000) |||
          if(given[:vnet_hdr] == 1, do: 0x4000, else: 0) |||
          if given[:multi_queue] == 1, do: 0x0100, else: 0

      {:ok, %{flags: flags, owner: given[:owner], group: given[:group]}, common}
    end
  end

  # The options of an existing link, before its kind is known. Returns the draft of the options
  # that every link has, and the others, which at least one kind accepts: `cast_kind/2`.
  @doc false
  @spec cast(keyword()) :: {:ok, t(), keyword()} | {:error, Options.reason()}
  def cast(opts) do
    {own, common} =
      Enum.split_with(opts, fn {key, _} -> not Keyword.has_key?(__options__(), key) end)

    {port, data} = Keyword.pop(own, :port)

    with {:ok, link} <- Options.parse(__options__(), common, :set),
         :ok <- any_kind(data, &LinkInfo.tables/0),
         :ok <- cast_port(port),
         do: {:ok, link, own}
  end

  defp cast_port(nil), do: :ok
  defp cast_port(opts) when not is_list(opts), do: {:error, {:bad_option, :port, opts}}

  defp cast_port(opts) do
    with :ok <- Options.keyword(opts), do: any_kind(opts, &LinkInfo.slave_tables/0)
  end

  defp any_kind([], _tables), do: :ok

  defp any_kind(opts, tables) do
    tables = tables.()

    Enum.find_value(opts, :ok, fn {key, _value} = option ->
      results = for table <- tables, do: Options.parse(table, [option], :set)
      unknown = {:error, {:unknown_option, key}}

      cond do
        Enum.any?(results, &match?({:ok, _}, &1)) -> nil
        reason = Enum.find(results, &(&1 != unknown)) -> reason
        true -> unknown
      end
    end)
  end

  # Checks the length of link-layer addresses: the kernel truncates a longer one (`do_setlink`,
  # net/core/rtnetlink.c).
  @doc false
  @spec same_length(Link.t(), t(), keyword()) :: :ok | {:error, Options.reason()}
  def same_length(link, draft, opts) do
    Enum.find_value(draft, :ok, fn
      {[key], address} when key in [:address, :broadcast] ->
        if not LinkAddress.__length_of__?(address, link.address),
          do: {:error, {:bad_mac, opts[key]}}

      _other ->
        nil
    end)
  end

  # The options of the kind of an existing link, and under `:port` those of its master's kind.
  @doc false
  @spec cast_kind(Link.t(), keyword()) :: {:ok, t()} | {:error, Options.reason()}
  def cast_kind(link, opts) do
    {port, own} = Keyword.pop(opts, :port)

    with {:ok, data} <- own(Link.kind(link), own),
         {:ok, slave} <- port(Link.slave_kind(link), port),
         do: {:ok, data ++ slave}
  end

  defp own(_kind, []), do: {:ok, []}
  defp own(nil, [{key, _value} | _]), do: {:error, {:unknown_option, key}}

  defp own(kind, opts) do
    {module, table} = LinkInfo.kind(kind)

    with {:ok, fields} <- Options.parse(table, opts, :set),
         do: {:ok, [{[{:linkinfo, LinkInfo}, :kind], kind} | in_data(fields, :info_data, module)]}
  end

  defp port(_kind, none) when none in [nil, []], do: {:ok, []}
  defp port(nil, opts), do: {:error, {:bad_option, :port, opts}}

  defp port(kind, opts) do
    {module, table} = LinkInfo.slave_kind(kind)

    with {:ok, fields} <- Options.parse(table, opts, :set) do
      {:ok, [{[{:linkinfo, LinkInfo}, :slave_kind], kind} | in_data(fields, :slave_data, module)]}
    end
  end

  # An option of the kind takes precedence over one of links in general that has its name.
  defp split_own(opts, table), do: Enum.split_with(opts, &Keyword.has_key?(table, elem(&1, 0)))

  defp no_name(opts),
    do: if(Keyword.has_key?(opts, :name), do: {:error, {:unknown_option, :name}}, else: :ok)

  # A struct given as `:info_data` is the base that options change.
  defp info(kind, _module, nil, []), do: {:ok, [{[{:linkinfo, LinkInfo}, :kind], kind}]}

  defp info(kind, module, data, _fields) do
    cond do
      data == nil ->
        {:ok, [{[:linkinfo], struct!(LinkInfo, kind: kind, info_data: struct!(module))}]}

      module && is_struct(data, module) ->
        {:ok, [{[:linkinfo], struct!(LinkInfo, kind: kind, info_data: data)}]}

      true ->
        {:error, {:bad_option, :info_data, data}}
    end
  end

  defp in_data(fields, field, module) do
    Enum.map(fields, fn
      {[:.. | path], value} -> {path, value}
      {path, value} -> {[{:linkinfo, LinkInfo}, {field, module} | path], value}
    end)
  end

  # Looks up the links that the draft names.
  @doc false
  @spec resolve(t(), Link.target(), keyword()) :: {:ok, t()} | {:error, Link.error()}
  def resolve(draft, sock, request) do
    with :ok <- check_paths(draft, sock), do: look_up_all(sock, draft, request)
  end

  # A batch sends its requests later, when the descriptor of a path is closed again.
  defp check_paths(draft, %Batch{} = batch) do
    Enum.find_value(draft, :ok, fn
      {_path, {:netns, {:path, _} = netns}} -> {:error, {:bad_option, :netns, netns}}
      {_path, {:nest, _module, draft}} -> with :ok <- check_paths(draft, batch), do: nil
      _assign -> nil
    end)
  end

  defp check_paths(_draft, _sock), do: :ok

  defp look_up_all(sock, draft, request) do
    Type.each(draft, fn {path, value} ->
      with {:ok, value} <- look_up(sock, value, request), do: {:ok, {path, value}}
    end)
  end

  defp look_up(sock, {:link, key, ref}, request) do
    case Link.lookup(sock, ref, Keyword.take(request, [:timeout])) do
      {:ok, link} ->
        {:ok, link.index}

      {:error, %Error{errno: :enodev} = error} when key == :parent ->
        {:error, no_parent(error, ref)}

      {:error, reason} ->
        {:error, reason}
    end
  end

  defp look_up(sock, {:nest, module, draft}, request) do
    with {:ok, draft} <- look_up_all(sock, draft, request), do: {:ok, {:nest, module, draft}}
  end

  defp look_up(_sock, value, _request), do: {:ok, value}

  defp no_parent(error, ref),
    do: %{error | message: "no such parent interface #{Text.quoted(ref)}"}

  # Hands `link`, completed by the draft, to `send`, while the namespaces of the draft are open.
  @doc false
  @spec to_request(t(), Link.t(), (Link.t() -> Link.done())) :: Link.done()
  def to_request(draft, link, send) do
    {result, guards} = open_all(draft)

    try do
      with {:ok, draft} <- result, do: send.(put_all(link, draft))
    after
      Enum.each(guards, &Socket.Native.release_netns/1)
    end
  end

  # The draft with descriptors in place of paths, and the guards of these descriptors. The guards
  # must be closed on failure as well.
  defp open_all(draft) do
    {draft, {reason, guards}} = Enum.map_reduce(draft, {nil, []}, &open/2)
    {if(reason, do: {:error, reason}, else: {:ok, draft}), guards}
  end

  defp open({path, {:netns, {:path, file}}}, {nil, guards}) do
    case Socket.Native.hold_netns(file) do
      {:ok, {guard, fd}} -> {{path, {:netns, {:fd, fd}}}, {nil, [guard | guards]}}
      {:error, reason} -> {{path, nil}, {reason, guards}}
    end
  end

  defp open({path, {:nest, module, draft}}, acc) do
    {draft, acc} = Enum.map_reduce(draft, acc, &open/2)
    {{path, {:nest, module, draft}}, acc}
  end

  defp open(assign, acc), do: {assign, acc}

  defp put_all(link, draft),
    do: Enum.reduce(draft, link, fn {path, value}, link -> put(link, path, value) end)

  defp put(link, _path, {:netns, {:pid, pid}}), do: put(link, [:net_ns_pid], pid)
  defp put(link, _path, {:netns, {:fd, fd}}), do: put(link, [{:request, Request}, :net_ns_fd], fd)

  defp put(link, _path, {:iff, bit, true}),
    do: %{link | flags: link.flags ||| bit, change: link.change ||| bit}

  defp put(link, _path, {:iff, bit, false}), do: %{link | change: link.change ||| bit}

  defp put(link, path, {:nest, module, draft}),
    do: put(link, path, put_all(struct!(module), draft))

  defp put(struct, [{key, module} | path], value) do
    inner = Map.fetch!(struct, key) || struct!(module)
    Map.replace!(struct, key, put(inner, path, value))
  end

  defp put(struct, [key], {:bits, bits}), do: Map.update!(struct, key, &(&1 || 0 ||| bits))
  defp put(struct, [key], value), do: Map.replace!(struct, key, value)
end

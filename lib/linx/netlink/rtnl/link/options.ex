defmodule Linx.Netlink.Rtnl.Link.Options do
  @moduledoc false
  # From the options of a caller to a request, in three steps: `cast_new/3` or `cast/1` checks
  # the options, `resolve/3` looks up the links that they name, `to_request/3` opens the
  # namespaces that they name, builds the struct and closes the namespaces after the request.

  import Bitwise

  alias Linx.{LinkAddress, Text}
  alias Linx.Netlink.{Batch, Error, Socket}
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}
  alias Linx.Netlink.Rtnl.Link.Request

  @type t :: [Options.assign()]

  # The options of a new link of a kind.
  @spec cast_new(String.t(), String.t(), keyword()) :: {:ok, t()} | {:error, Options.reason()}
  def cast_new(name, kind, opts) do
    {data, opts} = Keyword.pop(opts, :info_data)
    {module, table} = LinkInfo.kind(kind)
    {own, common} = split_own(opts, table)
    own = if data == nil, do: LinkInfo.defaults(kind, own) ++ own, else: own

    with :ok <- no_name(common),
         {:ok, link} <- Options.parse(Link.__options__(), [name: name] ++ common, :create),
         {:ok, fields} <- Options.parse(table, own, :create),
         {:ok, info} <- info(kind, module, data, fields) do
      {:ok, link ++ info ++ in_data(fields, :info_data, module)}
    end
  end

  # The options of a new tun (1) or tap (2): arguments of the ioctl, and options to set after it.
  @spec cast_tun(String.t(), 1 | 2, keyword()) ::
          {:ok, %{flags: 0..0xFFFF, owner: integer() | nil, group: integer() | nil}, keyword()}
          | {:error, Options.reason()}
  def cast_tun(name, type, opts) do
    {_module, table} = LinkInfo.kind("tun")
    {own, common} = split_own(opts, table)

    with :ok <- no_name(common),
         {:ok, _link} <- Options.parse(Link.__options__(), [name: name] ++ common, :set),
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
  @spec cast(keyword()) :: {:ok, t(), keyword()} | {:error, Options.reason()}
  def cast(opts) do
    {own, common} =
      Enum.split_with(opts, fn {key, _} -> not Keyword.has_key?(Link.__options__(), key) end)

    {port, data} = Keyword.pop(own, :port)

    with {:ok, link} <- Options.parse(Link.__options__(), common, :set),
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
    case Link.get(sock, ref, Keyword.take(request, [:timeout])) do
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

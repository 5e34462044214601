defmodule Linx.Netlink.Rtnl.Link.Draft do
  @moduledoc false
  # A link as a caller wants it, on its way to a message. Options are checked before
  # anything is sent; then the links they name are looked up and the namespaces they
  # name are opened, for as long as the request takes.

  import Bitwise

  alias Linx.{LinkAddress, Text}
  alias Linx.Netlink.{Batch, Error, Socket}
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}
  alias Linx.Netlink.Rtnl.Link.Request

  @type t :: [Options.assign()]

  # A new link of a kind.
  @spec create(String.t(), String.t(), keyword()) :: {:ok, t()} | {:error, Options.reason()}
  def create(name, kind, opts) do
    {data, opts} = Keyword.pop(opts, :info_data)
    {module, table} = LinkInfo.kind(kind)
    {own, common} = split(opts, table)
    own = if data == nil, do: LinkInfo.defaults(kind, own) ++ own, else: own

    with :ok <- no_name(common),
         {:ok, link} <- Options.parse(Link.__options__(), [name: name] ++ common, :create),
         {:ok, fields} <- Options.parse(table, own, :create),
         {:ok, info} <- info(kind, module, data, fields) do
      {:ok, link ++ info ++ inside(fields, module)}
    end
  end

  # A new tun (1) or tap (2): what the ioctl takes, and what is set thereafter.
  @spec tun(String.t(), 1 | 2, keyword()) ::
          {:ok, %{flags: 0..0xFFFF, owner: integer() | nil, group: integer() | nil}, keyword()}
          | {:error, Options.reason()}
  def tun(name, type, opts) do
    {_module, table} = LinkInfo.kind("tun")
    {own, common} = split(opts, table)

    with :ok <- no_name(common),
         {:ok, _link} <- Options.parse(Link.__options__(), [name: name] ++ common, :set),
         # The ioctl does not say what `%d` became.
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

  # What is checked before the link is looked up, and what is left to the tables of its kind:
  # options that some kind has, with values that one of them takes.
  @spec split(keyword()) :: {:ok, t(), keyword()} | {:error, Options.reason()}
  def split(opts) do
    {own, common} =
      Enum.split_with(opts, fn {key, _} -> not Keyword.has_key?(Link.__options__(), key) end)

    {port, data} = Keyword.pop(own, :port)

    with {:ok, link} <- Options.parse(Link.__options__(), common, :set),
         :ok <- some_kind(data, &LinkInfo.tables/0),
         :ok <- port(port),
         do: {:ok, link, own}
  end

  defp port(nil), do: :ok
  defp port(opts) when not is_list(opts), do: {:error, {:bad_option, :port, opts}}

  defp port(opts) do
    with :ok <- Options.keyword(opts), do: some_kind(opts, &LinkInfo.slave_tables/0)
  end

  defp some_kind([], _tables), do: :ok

  defp some_kind(opts, tables) do
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

  # The kernel cuts a longer address (do_setlink of net/core/rtnetlink.c).
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

  # Options of an existing link's kind, and of its port under `:port`.
  @spec set(Link.t(), keyword()) :: {:ok, t()} | {:error, Options.reason()}
  def set(%{linkinfo: info}, opts) do
    {port, own} = Keyword.pop(opts, :port)

    with {:ok, data} <- nest(:kind, :info_data, info && info.kind, own, &LinkInfo.kind/1),
         {:ok, slave} <-
           nest(:slave_kind, :slave_data, info && info.slave_kind, port, &LinkInfo.slave_kind/1) do
      {:ok, data ++ slave}
    end
  end

  defp nest(_by, _field, _kind, none, _entry) when none in [nil, []], do: {:ok, []}

  defp nest(:slave_kind, _field, nil, opts, _entry), do: {:error, {:bad_option, :port, opts}}
  defp nest(:kind, _field, nil, [{key, _} | _], _entry), do: {:error, {:unknown_option, key}}

  defp nest(by, field, kind, opts, entry) when is_list(opts) do
    {module, table} = entry.(kind)

    with {:ok, fields} <- Options.parse(table, opts, :set) do
      {:ok, [{[{:linkinfo, LinkInfo}, by], kind} | inside(fields, field, module)]}
    end
  end

  defp nest(_by, _field, _kind, opts, _entry), do: {:error, {:bad_option, :port, opts}}

  # A kind may have an option of its own where links in general have one too.
  defp split(opts, table), do: Enum.split_with(opts, &Keyword.has_key?(table, elem(&1, 0)))

  defp no_name(opts),
    do: if(Keyword.has_key?(opts, :name), do: {:error, {:unknown_option, :name}}, else: :ok)

  # `info_data` given whole is what options then change.
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

  defp inside(fields, field \\ :info_data, module) do
    Enum.map(fields, fn
      {[:.. | path], value} -> {path, value}
      {path, value} -> {[{:linkinfo, LinkInfo}, {field, module} | path], value}
    end)
  end

  # Completes `draft` on `link` and hands it to `fun`. `request` holds the options of the
  # request.
  @spec complete(Link.target(), t(), Link.t(), keyword(), (Link.t() -> Link.done())) ::
          Link.done()
  def complete(sock, draft, link, request, fun) do
    with :ok <- now(sock, draft),
         {:ok, draft} <- look_up_all(sock, draft, request) do
      {result, loans} = open(draft)

      try do
        with {:ok, draft} <- result, do: fun.(fill(link, draft))
      after
        Enum.each(loans, &Socket.Native.return_netns/1)
      end
    end
  end

  # A descriptor is open while its request is sent, which a batch does later.
  defp now(%Batch{} = batch, draft) do
    Enum.find_value(draft, :ok, fn
      {_path, {:netns, {:path, _} = netns}} -> {:error, {:bad_option, :netns, netns}}
      {_path, {:nest, _module, draft}} -> with :ok <- now(batch, draft), do: nil
      _assign -> nil
    end)
  end

  defp now(_sock, _draft), do: :ok

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

  # The draft with descriptors in place of paths, and those descriptors, which are to
  # be closed whether it worked or not.
  defp open(draft) do
    {draft, {reason, loans}} = Enum.map_reduce(draft, {nil, []}, &open_one/2)
    {if(reason, do: {:error, reason}, else: {:ok, draft}), loans}
  end

  defp open_one({path, {:netns, {:path, file}}}, {nil, loans}) do
    case Socket.Native.lend_netns(file) do
      {:ok, {loan, fd}} -> {{path, {:netns, {:fd, fd}}}, {nil, [loan | loans]}}
      {:error, reason} -> {{path, nil}, {reason, loans}}
    end
  end

  defp open_one({path, {:nest, module, draft}}, acc) do
    {draft, acc} = Enum.map_reduce(draft, acc, &open_one/2)
    {{path, {:nest, module, draft}}, acc}
  end

  defp open_one(assign, acc), do: {assign, acc}

  defp fill(link, draft),
    do: Enum.reduce(draft, link, fn {path, value}, link -> put(link, path, value) end)

  defp put(link, _path, {:netns, {:pid, pid}}), do: put(link, [:net_ns_pid], pid)
  defp put(link, _path, {:netns, {:fd, fd}}), do: put(link, [{:request, Request}, :net_ns_fd], fd)

  defp put(link, _path, {:iff, bit, true}),
    do: %{link | flags: link.flags ||| bit, change: link.change ||| bit}

  defp put(link, _path, {:iff, bit, false}), do: %{link | change: link.change ||| bit}
  defp put(link, path, {:nest, module, draft}), do: put(link, path, fill(struct!(module), draft))

  defp put(struct, [{key, module} | path], value) do
    inner = Map.fetch!(struct, key) || struct!(module)
    Map.replace!(struct, key, put(inner, path, value))
  end

  defp put(struct, [key], {:bits, bits}), do: Map.update!(struct, key, &(&1 || 0 ||| bits))
  defp put(struct, [key], value), do: Map.replace!(struct, key, value)
end

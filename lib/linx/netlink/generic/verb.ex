defmodule Linx.Netlink.Generic.Verb do
  @moduledoc false
  # A verb of a family as one call: its arguments and options are checked by a table and become the
  # fields of a struct, links are looked up, and the struct is sent by a command.
  #
  #     @device [link: {:link, "name or index", field: [:ifindex]}]
  #
  #     def get(target, link, opts \\ []),
  #       do: Verb.get(target, {Netdev, :dev_get}, {%Dev{}, link: link}, opts, @device)
  #
  # The table is one of `Linx.Netlink.Options`. Its rows with the names of the arguments are those of
  # the arguments, the others those of options. A path `[{key, Module}, name]` enters a nested struct,
  # and makes it if it is not there; a value `{:fields, keyword}` sets several fields. A value
  # `{:lookup, fun}` is what `fun.(target, opts)` finds, `{:ok, value}` or an error; `opts` has the timeout.

  import Bitwise, only: [|||: 2]

  alias Linx.Netlink.{Generic, Options, Request}
  alias Linx.Netlink.Generic.LinkIndex

  # NETLINK_GENERIC of include/uapi/linux/netlink.h.
  @netlink_generic 16

  @typedoc "Module of a family, and the name of a command."
  @type command :: {module(), atom()}

  @typedoc "A struct of the codec module of the command, and the arguments of the verb by name."
  @type body :: struct() | {struct(), arguments :: keyword()}

  @typedoc "Errors of a verb, besides those of `Linx.Netlink.Generic`."
  @type error :: Generic.error() | Options.reason()

  @doc "Lists objects. Options of the request: `:timeout`, `:dump_retries`."
  @spec list(Request.target(), command(), body(), keyword(), keyword()) ::
          {:ok, [struct()]} | {:error, error()}
  def list(target, command, body, opts, table \\ []),
    do: send(target, :dump, command, body, {opts, table}, &Generic.dump/5)

  @doc "Gets all objects of a reply that is no dump. Option of the request: `:timeout`."
  @spec get_all(Request.target(), command(), body(), keyword(), keyword()) ::
          {:ok, [struct()]} | {:error, error()}
  def get_all(target, command, body, opts, table \\ []),
    do: send(target, :get, command, body, {opts, table}, &Generic.fetch_all/5)

  @doc "Gets one object. Option of the request: `:timeout`."
  @spec get(Request.target(), command(), body(), keyword(), keyword()) ::
          {:ok, struct() | Linx.Netlink.Batch.Read.t()} | {:error, error()}
  def get(target, command, body, opts, table \\ []),
    do: send(target, :get, command, body, {opts, table}, &Generic.fetch/5)

  @doc "Changes something. Option of the request: `:timeout`."
  @spec set(Request.target(), command(), body(), keyword(), keyword()) ::
          :ok | {:ok, Linx.Netlink.Message.t()} | {:error, error()}
  def set(target, command, body, opts, table \\ []),
    do: send(target, :set, command, body, {opts, table}, &Generic.run/5)

  @doc "Makes something that the kernel echoes. Options of the request: `:timeout`, `:echo`."
  @spec add(Request.target(), command(), body(), keyword(), keyword()) ::
          :ok | {:ok, struct() | Linx.Netlink.Message.t()} | {:error, error()}
  def add(target, command, body, opts, table \\ []),
    do: send(target, :add, command, body, {opts, table}, &Generic.run/5)

  defp send(target, verb, {family, command}, body, options, send) do
    with {:ok, request, body} <- body(target, verb, body, options),
         do: send.(target, family, command, body, request)
  end

  @doc """
  The options of the request and the body, for a verb that has more to do than to send it.
  """
  @spec body(Request.target(), :dump | :get | :set | :add, body(), {keyword(), keyword()}) ::
          {:ok, request :: keyword(), struct()} | {:error, error()}
  def body(target, verb, {struct, arguments}, {opts, table}) do
    {first, others} = Keyword.split(table, Keyword.keys(arguments))

    with {:ok, request, opts} <- Options.split(opts, verb, @netlink_generic),
         {:ok, arguments} <- Options.parse(first, arguments, :create),
         # Of several options with one key the first counts.
         {:ok, assigns} <- Options.parse(others, Enum.uniq_by(opts, &elem(&1, 0)), :create),
         {:ok, struct} <- put_all(arguments ++ assigns, struct, target, request),
         do: {:ok, request, struct}
  end

  def body(target, verb, struct, options), do: body(target, verb, {struct, []}, options)

  defp put_all([{path, {:link, _key, ref}} | rest], struct, target, request) do
    with {:ok, index} <- LinkIndex.fetch(target, ref, Keyword.take(request, [:timeout])),
         do: put_all([{path, index} | rest], struct, target, request)
  end

  defp put_all([{path, {:lookup, find}} | rest], struct, target, request) do
    with {:ok, value} <- find.(target, Keyword.take(request, [:timeout])),
         do: put_all([{path, value} | rest], struct, target, request)
  end

  defp put_all([{path, value} | rest], struct, target, request),
    do: put_all(rest, put(struct, path, value), target, request)

  defp put_all([], struct, _target, _request), do: {:ok, struct}

  defp put(struct, [{key, module} | path], value) do
    inner = Map.fetch!(struct, key) || struct!(module)
    Map.replace!(struct, key, put(inner, path, value))
  end

  defp put(struct, [_key], {:fields, fields}), do: struct!(struct, fields)
  defp put(struct, [key], {:bits, bits}), do: Map.update!(struct, key, &(&1 || 0 ||| bits))
  defp put(struct, [key], value), do: Map.replace!(struct, key, value)
end

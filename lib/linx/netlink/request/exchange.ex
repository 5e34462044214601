defmodule Linx.Netlink.Request.Exchange do
  @moduledoc false
  # A request for one object, and its reply, in one native call: the struct is encoded, sent, and the
  # object of the reply decoded. Requests of `Linx.Netlink.Request.Lockless` are made on the caller's
  # scheduler: a dirty scheduler takes longer to be woken than the kernel takes to answer.

  alias Linx.Netlink.Codec.{Cache, Engine, NativeError}
  alias Linx.Netlink.{Native, Socket, Target}
  alias Linx.Netlink.Request.{Call, Failure, InFlight, Lockless}

  # NLM_F_REQUEST.
  @request 1

  @doc """
  The object that matches `query`, or `{:error, :no_reply}`. `:custom` if only Elixir converts some of
  the values; nothing has been sent then. The options are checked ones. Raises `ArgumentError` for a
  value that does not fit, before anything is sent.
  """
  @spec fetch(Target.t(), 0..0xFFFF, struct(), keyword()) ::
          {:ok, struct()} | {:error, term()} | :custom
  def fetch(target, type, %module{} = query, opts) do
    with {:ok, sock, conn} <- Target.resolve(target),
         {query_schema, nil} <- Cache.fetch(module),
         {reply_schema, nil} <- Cache.fetch(reply(opts, module), skip(opts)) do
      schemas = {query_schema, reply_schema}
      Target.with_socket(sock, conn, &exchange(&1, type, query, schemas, opts))
    else
      {:error, reason} -> {:error, reason}
      {_schema, _traversal} -> :custom
    end
  end

  defp skip(opts), do: Keyword.get(opts, :skip, [])
  defp reply(opts, module), do: Keyword.get(opts, :reply, module)

  defp exchange(sock, type, query, schemas, opts) do
    seq = Socket.next_seq(sock)
    timeout = Call.timeout(opts)

    head = Keyword.get(opts, :head, <<>>)

    case short(sock, seq, type, {head, query}, schemas) do
      :busy ->
        dirty = dirty(sock, seq, type, {head, query}, schemas)
        InFlight.send(sock, seq, InFlight.whole(), timeout, dirty)

      answer ->
        InFlight.continue(sock, seq, InFlight.whole(), timeout, answer)
    end
    |> InFlight.await()
    |> result(sock.protocol, type, query, opts)
  end

  defp short(%{channel: channel, protocol: protocol}, seq, type, {head, query}, schemas) do
    {query_schema, reply} = schemas

    if Lockless.request?(protocol, type, query),
      do: Native.exchange(channel, seq, type, @request, query_schema, reply, query, head),
      else: :busy
  end

  defp dirty(%{channel: channel}, seq, type, {head, query}, {query_schema, reply}),
    do: &Native.exchange_dirty(channel, &1, seq, type, @request, query_schema, reply, query, head)

  defp result({:object, object}, protocol, type, _query, _opts) do
    :ok = Lockless.answered(protocol, type)
    {:ok, object}
  end

  defp result({:error, fault}, _protocol, _type, _query, _opts),
    do: raise(ArgumentError, NativeError.message(fault))

  # A reply that came in several parts, or that takes long to decode.
  defp result({:ok, bytes, _count}, _protocol, _type, %module{}, opts) do
    case Engine.decode_first(reply(opts, module), bytes, skip(opts)) do
      nil -> {:error, :no_reply}
      object -> {:ok, object}
    end
  end

  defp result(failure, _protocol, _type, %module{} = query, _opts),
    do: {:error, Failure.reason(failure, {module, module.encode(query)})}
end

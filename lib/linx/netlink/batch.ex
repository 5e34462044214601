defmodule Linx.Netlink.Batch do
  @moduledoc """
  Many changes and lookups in few system calls, each with its own result.

  Kernel side: `netlink_rcv_skb` of `net/netlink/af_netlink.c`, which works through
  the messages of a datagram in order.

      {:ok, results} =
        Linx.Netlink.Batch.run(sock, fn batch ->
          for n <- 1..1000, do: Route.add(batch, "10.\#{div(n, 250)}.\#{rem(n, 250)}.0", 24, "192.0.2.1")
        end)

      Enum.count(results, &(&1 == :ok))

  Within the function, verbs take the batch in place of a socket. A verb that changes something, or reads
  one object, checks its input and looks up the links it names, each name once, and then returns the request
  instead of sending it. The list of requests that the function returns is sent, in order, in as many datagrams as it
  takes.

      {:ok, [{:ok, route}, :ok, {:error, %Linx.Netlink.Error{errno: :enetunreach}}]} =
        Batch.run(sock, fn batch ->
          [
            Route.get(batch, "10.9.0.1"),
            Route.delete(batch, "10.9.0.0/16", nil),
            Route.get(batch, "10.9.0.1")
          ]
        end)

  An object that the kernel cannot look up alone, such as that of `Linx.Netlink.Rtnl.Rule.get/2`, is found in
  a list that is read at the verb's place between two datagrams. Other reading functions, such as `list` and
  `stream!`, read at once on the batch's socket.

  This is no transaction: the kernel carries out the other requests where it refuses
  one. (`Linx.Netlink.Nfnl.batch/4` is a transaction.)

  Each datagram holds no more requests than half of the receive buffer holds replies, so that no reply is
  lost; the other half is for a dump that another caller reads on the same socket. Requests that only read
  are sent again, fewer at a time, if their replies are larger than usual and do not fit. A reply to a
  datagram that changes something and is lost all the same is detected, and its datagram reported as
  `{:recv, :enobufs}`.

  A refusal names the attribute that the kernel refused, as for a single request:
  `:attribute` of `Linx.Netlink.Error`.
  """

  alias Linx.Netlink.Batch.{Read, Sending}
  alias Linx.Netlink.{Message, Options, Target}
  alias Linx.Netlink.Request.Call
  alias Linx.Netlink.Socket.Buffers

  @enforce_keys [:sock]
  defstruct [:sock, :names]

  @typedoc """
  Target of requests that are collected instead of sent. `:sock` is the target of lookups, and of
  the collected requests; `:names` is private.
  """
  @type t :: %__MODULE__{sock: target(), names: reference() | nil}

  @typedoc "Destination of requests: a socket or a connection."
  @type target :: Target.t()

  @typedoc "A request that was collected, or the error of its verb."
  @type item :: {:ok, Message.t() | Read.t()} | Message.t() | Read.t() | {:error, term()}

  @type result :: :ok | {:ok, term()} | {:error, term()}

  @typedoc "Errors of the whole call."
  @type error ::
          {:bad_message, pos_integer()}
          | {:bad_timeout, term()}
          | {:unknown_option, term()}
          | {:bad_target, term()}

  @doc """
  Sends requests: a list of them, or those that a function returns for a batch.

  Returns `{:ok, results}`, one for each item, in order:

    * `:ok` - done;
    * `{:ok, object}` - the object that was read;
    * `{:error, :no_reply}` - the kernel acknowledged a request for an object without one;
    * `{:error, %Linx.Netlink.Error{}}` - the kernel refused this one;
    * `{:error, reason}` - an item that was an error already, and was not sent;
    * `{:error, {:send | :recv, reason}}` - the socket failed; so for all later items.
      `:send`: the request was not sent. `:recv`: it may have been carried out.

  The option `:timeout` is that of `Linx.Netlink.Request`.

  Errors of the whole call; nothing was sent:

    * `{:bad_message, position}` - the item at this position, counted from 1, is no message, has
      a type or flags of more than 16 bits or a payload that is no iodata; or the list is
      improper there;
    * `{:bad_timeout, value}`, `{:unknown_option, key}`;
    * `{:bad_target, value}` - neither a socket nor a connection.
  """
  @spec run(target(), [item()] | (t() -> [item()]), timeout: timeout()) ::
          {:ok, [result()]} | {:error, error()}
  def run(sock, items, opts \\ [])

  # A batch is no socket, and holds no other batch.
  def run(%__MODULE__{} = batch, _items, _opts), do: {:error, {:bad_target, batch}}

  def run(sock, items, opts) when is_list(items) or is_function(items, 1) do
    with {:ok, request} <- Options.request(opts, [:timeout]),
         :ok <- Target.check(sock, nil),
         items = built(items, sock),
         room = Buffers.reply_room(sock),
         {:ok, parts} <- Sending.parts(items, room),
         do: {:ok, Sending.send(parts, items, sock, room, Call.timeout(request))}
  end

  defp built(items, _sock) when is_list(items), do: items

  defp built(build, sock) do
    names = make_ref()
    Process.put({__MODULE__, names}, %{})

    try do
      build.(%__MODULE__{sock: sock, names: names})
    after
      Process.delete({__MODULE__, names})
    end
  end

  @doc false
  # What `find` returns for a name; for a batch that is being built by this process, what it returned the
  # first time.
  @spec lookup(target() | t(), String.t(), (() -> {:ok, value} | error)) :: {:ok, value} | error
        when value: term(), error: {:error, term()}
  def lookup(%__MODULE__{names: ref}, name, find) when ref != nil do
    case Process.get({__MODULE__, ref}) do
      %{^name => value} -> {:ok, value}
      names -> find.() |> note({__MODULE__, ref}, names, name)
    end
  end

  def lookup(_sock, _name, find), do: find.()

  defp note({:ok, value}, key, names, name) when is_map(names) do
    Process.put(key, Map.put(names, name, value))
    {:ok, value}
  end

  defp note(result, _key, _names, _name), do: result

  @doc false
  # Request that a verb would send; called by `Linx.Netlink.Request`.
  @spec gather(0..0xFFFF, 0..0xFFFF, struct(), keyword()) :: {:ok, Message.t()}
  def gather(type, flags, %module{} = body, opts) do
    {:ok, %Message{type: type, flags: flags, payload: encode(body, opts), codec: module}}
  end

  defp encode(%module{} = body, opts),
    do: body |> module.encode() |> Message.put_head(opts[:head])

  @doc false
  # Request for one object that a verb would send; called by `Linx.Netlink.Request`.
  @spec gather_read(0..0xFFFF, struct(), keyword()) :: {:ok, Read.t()}
  def gather_read(type, %module{} = query, opts) do
    {:ok,
     %Read{
       type: type,
       payload: encode(query, opts),
       codec: Keyword.get(opts, :reply, module),
       query: module,
       skip: Keyword.get(opts, :skip, []),
       room: Buffers.read_room(type)
     }}
  end

  @doc false
  # Applies a function to the result of a request: at once, or for a request that was collected to its
  # result in the batch.
  @spec finish({:ok, Read.t()} | result, (result -> result)) :: {:ok, Read.t()} | result
        when result: term()
  def finish({:ok, %Read{finish: nil} = read}, fun), do: {:ok, %{read | finish: fun}}

  def finish({:ok, %Read{finish: first} = read}, fun),
    do: {:ok, %{read | finish: &fun.(first.(&1))}}

  def finish(result, fun), do: fun.(result)

  @doc false
  # Target of lookups; of everything, where it is no batch.
  @spec target(target() | t()) :: target()
  def target(%__MODULE__{sock: sock}), do: sock
  def target(sock), do: sock
end

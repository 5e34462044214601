defmodule Linx.Netlink.Batch do
  @moduledoc """
  Many requests in few system calls, each with its own result.

  Kernel side: `netlink_rcv_skb` of `net/netlink/af_netlink.c`, which works through
  the messages of a datagram in order.

      {:ok, results} =
        Linx.Netlink.Batch.run(sock, fn batch ->
          for n <- 1..1000, do: Route.add(batch, "10.\#{div(n, 250)}.\#{rem(n, 250)}.0", 24, "192.0.2.1")
        end)

      Enum.count(results, &(&1 == :ok))

  Within the function, verbs that change something take the batch in place of a
  socket. A verb checks its input and looks up the links it names, and then returns
  the request instead of sending it. The list of requests that the function returns
  is sent, in order, in as many datagrams as it takes.

  This is no transaction: the kernel carries out the other requests where it refuses
  one. (`Linx.Netlink.Nfnl.batch/4` is a transaction.)

  Each datagram holds no more requests than half of the receive buffer holds
  refusals, so that no refusal is lost; the other half is for a dump that another
  caller reads on the same socket. A refusal that is lost all the same is detected,
  and its datagram reported as `{:recv, :enobufs}`.

  A refusal names the attribute that the kernel refused, as for a single request:
  `:attribute` of `Linx.Netlink.Error`.
  """

  import Bitwise, only: [|||: 2, bnot: 1, &&&: 2]
  import Linx.Netlink.Constants

  alias Linx.Netlink.{Message, Options, Target}
  alias Linx.Netlink.Request.{Call, Datagram}
  alias Linx.Netlink.Socket.Buffers

  @enforce_keys [:sock]
  defstruct [:sock]

  @typedoc """
  Target of requests that are collected instead of sent. `:sock` is the target of lookups, and of
  the collected requests.
  """
  @type t :: %__MODULE__{sock: target()}

  @typedoc "Destination of requests: a socket or a connection."
  @type target :: Target.t()

  @typedoc "A request that was collected, or the error of its verb."
  @type item :: {:ok, Message.t()} | Message.t() | {:error, term()}

  @type result :: :ok | {:error, term()}

  @typedoc "Errors of the whole call."
  @type error ::
          {:bad_message, pos_integer()}
          | {:bad_timeout, term()}
          | {:unknown_option, term()}
          | {:bad_target, term()}

  # Bytes of a datagram: far below the smallest send buffer that the kernel gives by default.
  @datagram 64 * 1024

  @doc """
  Sends requests: a list of them, or those that a function returns for a batch.

  Returns `{:ok, results}`, one for each item, in order:

    * `:ok` - done;
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
         {:ok, items} <- items |> built(sock) |> messages(1, []) do
      windows = windows(items, Buffers.reply_count(sock))
      {:ok, send_all(windows, sock, Call.timeout(request), [])}
    end
  end

  defp built(items, _sock) when is_list(items), do: items
  defp built(build, sock), do: build.(%__MODULE__{sock: sock})

  # Items as errors or messages with binary payloads.
  defp messages([{:error, _reason} = error | rest], position, done),
    do: messages(rest, position + 1, [error | done])

  defp messages([{:ok, %Message{} = message} | rest], position, done),
    do: messages([message | rest], position, done)

  defp messages([item | rest], position, done) do
    case Message.check(item) do
      {:ok, message} -> messages(rest, position + 1, [message | done])
      :error -> {:error, {:bad_message, position}}
    end
  end

  defp messages([], _position, done), do: {:ok, Enum.reverse(done)}
  defp messages(_other, position, _done), do: {:error, {:bad_message, position}}

  # Items by datagram, so many requests in each. Items that are errors take no room.
  defp windows(items, capacity) do
    Stream.chunk_while(
      items,
      {[], 0, 0},
      fn item, {window, count, bytes} ->
        size = size(item)

        if count > 0 and size > 0 and (count == capacity or bytes + size > @datagram),
          do: {:cont, Enum.reverse(window), {[item], 1, size}},
          else: {:cont, {[item | window], count + min(size, 1), bytes + size}}
      end,
      fn {window, _count, _bytes} -> {:cont, Enum.reverse(window), nil} end
    )
  end

  defp size({:error, _reason}), do: 0
  defp size(%Message{payload: payload}), do: byte_size(payload) + 16

  defp send_all(windows, sock, timeout, done) do
    windows
    |> Enum.reduce({:ok, done}, fn
      window, {:ok, done} -> send_window(window, sock, timeout, done)
      window, {failed, done} -> {failed, Enum.reduce(window, done, &[unsent(&1, failed) | &2])}
    end)
    |> elem(1)
    |> Enum.reverse()
  end

  defp send_window(window, sock, timeout, done) do
    messages = for %Message{} = message <- window, do: message

    case send_messages(messages, sock, timeout) do
      {:ok, refusals, _echoes} -> {:ok, results(window, 0, refusals, done)}
      {:error, reason} -> {after_failure(reason), failed(window, reason, done)}
    end
  end

  defp send_messages([], _sock, _timeout), do: {:ok, [], <<>>}

  # Only the last one has to be acknowledged; refusals come in any case.
  defp send_messages(messages, sock, timeout) do
    last = length(messages) - 1

    messages =
      Enum.with_index(messages, fn %Message{} = message, at ->
        flags = (message.flags ||| nlm_f_request()) &&& bnot(nlm_f_ack())
        ack = if at == last, do: nlm_f_ack(), else: 0
        %{message | flags: flags ||| ack}
      end)

    Datagram.send(sock, fn _sock -> messages end, last, timeout: timeout)
  end

  defp results([{:error, _} = error | items], at, refusals, done),
    do: results(items, at, refusals, [error | done])

  defp results([_ | items], at, [{at, error} | refusals], done),
    do: results(items, at + 1, refusals, [{:error, error} | done])

  defp results([_ | items], at, refusals, done),
    do: results(items, at + 1, refusals, [:ok | done])

  defp results([], _at, _refusals, done), do: done

  defp failed(window, reason, done), do: Enum.reduce(window, done, &[unsent(&1, reason) | &2])

  # After a failure nothing more is sent.
  defp after_failure({_stage, reason}), do: {:send, reason}

  defp unsent({:error, _} = error, _reason), do: error
  defp unsent(_item, reason), do: {:error, reason}

  @doc false
  # Request that a verb would send; called by `Linx.Netlink.Request`.
  @spec gather(0..0xFFFF, 0..0xFFFF, struct()) :: {:ok, Message.t()}
  def gather(type, flags, %module{} = body) do
    {:ok, %Message{type: type, flags: flags, payload: module.encode(body), codec: module}}
  end

  @doc false
  # Target of lookups; of everything, where it is no batch.
  @spec target(target() | t()) :: target()
  def target(%__MODULE__{sock: sock}), do: sock
  def target(sock), do: sock
end

defmodule Linx.Netlink.Native do
  @moduledoc false
  # The stubs of all NIFs of the library, whose Rust side is `native/linx_nif`. Other modules
  # delegate to this one; no decision is made here.
  #
  # A function whose name ends in `_dirty` does the same on a dirty CPU scheduler. A function that
  # takes a ticket may have to wait in the kernel: `Linx.Netlink.Permit` calls it.

  @on_load :load

  @doc false
  def load do
    path = Application.app_dir(:linx, "priv/native/linx_nif")

    with :ok <- path |> String.to_charlist() |> :erlang.load_nif(0),
         :ok <- count_load(),
         do: start(:erlang.system_info(:dirty_io_schedulers))
  end

  # Counters for `Linx.Netlink.Codec.Cache`: 1 counts loads of this library and of codec modules, 2
  # loads of this library, with which its schemas end. A module's `@on_load` function runs alone, so
  # they are made once.
  defp count_load do
    if :persistent_term.get(__MODULE__, nil) == nil,
      do: :persistent_term.put(__MODULE__, :atomics.new(2, signed: true))

    :atomics.add(loads(), 1, 1)
    :atomics.add(loads(), 2, 1)
  end

  def loads, do: :persistent_term.get(__MODULE__)

  # Permits: native/linx_nif/src/permit.rs, start.rs

  def start(_dirty_io_schedulers), do: stub()
  def cancel_permit(_ticket), do: stub()

  # Sockets: native/linx_nif/src/socket.rs

  def open(_ticket, _protocol), do: stub()
  def open_in(_ticket, _path, _protocol), do: stub()
  def release_fd(_guard), do: stub()
  def channel(_fd), do: stub()
  def open_in_netns(_ticket, _path, _protocol), do: stub()
  def open_netns(_ticket, _path), do: stub()
  def open_netns_guarded(_ticket, _path), do: stub()
  def bind_netlink(_ticket, _fd, _groups), do: stub()
  def close_fd(_fd), do: stub()
  def set_rcvbuf(_channel, _bytes, _force), do: stub()
  def membership(_ticket, _channel, _group, _join), do: stub()
  def tun_create(_ticket, _path, _name, _flags, _owner, _group), do: stub()

  # Requests: native/linx_nif/src/request.rs

  def request(_channel, _ticket, _seq, _type, _flags, _payload, _strict, _budget), do: stub()
  def exchange(_channel, _seq, _type, _flags, _query, _reply, _object, _head), do: stub()

  def exchange_dirty(_channel, _ticket, _seq, _type, _flags, _query, _reply, _object, _head),
    do: stub()

  def resume(_channel, _ticket, _seq, _overrun, _budget), do: stub()
  def polled(_channel, _seq), do: stub()
  def take(_channel, _seq), do: stub()
  def cancel(_channel, _seq), do: stub()
  def close(_channel), do: stub()

  # Batches: native/linx_nif/src/batch.rs

  def batch_build(_items, _capacity, _refusal), do: stub()
  def batch_build_dirty(_items, _capacity, _refusal), do: stub()

  def batch_send(_channel, _ticket, _seq, _datagram, _last, _transaction, _echo, _objects),
    do: stub()

  def batch_answers(_replies, _first, _reads), do: stub()
  def batch_answers_dirty(_replies, _first, _reads), do: stub()

  # Notifications: native/linx_nif/src/notifications.rs

  def notification_table(_schemas, _rows), do: stub()
  def notifications(_channel, _table, _ops), do: stub()
  def notifications_dirty(_table, _ops, _rest), do: stub()

  # Structs and bytes: native/linx_nif/src/codec.rs, frame.rs

  # Larger input goes to the `_dirty` twin at once. A function without this bound returns `:dirty`
  # if its input takes too long.
  defguard is_large(binary) when byte_size(binary) > 8 * 1024

  def schema_load(_description), do: stub()
  def encode(_schema, _struct), do: stub()
  def encode_dirty(_schema, _struct), do: stub()
  def decode(_schema, _body), do: stub()
  def decode_dirty(_schema, _body), do: stub()
  def decode_messages(_schema, _messages), do: stub()
  def decode_slice(_schema, _messages, _from, _to, _behind, _room), do: stub()
  def decode_some(_schema, _messages, _offset, _words), do: stub()
  def decode_some_dirty(_schema, _messages, _offset, _words), do: stub()
  def measure(_schema, _messages, _to), do: stub()
  def locate(_schema, _body, _offset), do: stub()
  def missing(_schema, _body, _nest, _id), do: stub()
  def attr_encode(_attrs), do: stub()
  def attr_encode_dirty(_attrs), do: stub()
  def attr_decode(_chain), do: stub()
  def attr_decode_dirty(_chain), do: stub()
  def message_encode(_type, _flags, _seq, _port, _payload), do: stub()
  def message_encode_dirty(_type, _flags, _seq, _port, _payload), do: stub()
  def message_decode(_datagram), do: stub()
  def message_decode_dirty(_datagram), do: stub()

  defp stub, do: :erlang.nif_error(:nif_not_loaded)
end

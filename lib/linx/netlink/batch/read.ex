defmodule Linx.Netlink.Batch.Read do
  @moduledoc """
  A request of a `Linx.Netlink.Batch` that reads an object, such as `Linx.Netlink.Rtnl.Route.get/3`
  returns for a batch.

      Batch.run(sock, fn batch ->
        {:ok, %Batch.Read{} = read} = Route.get(batch, "10.9.0.1")
        [read]
      end)

  `Linx.Netlink.Batch.run/3` sends it, and has `{:ok, object}` or `{:error, reason}` for it, as the
  function returns them for a socket.
  """

  @enforce_keys [:type, :payload, :codec]
  defstruct @enforce_keys ++ [:query, :room, :call, :finish, flags: 0, skip: []]

  @typedoc """
  A request that reads an object:

    * `:type` - type of the message;
    * `:flags` - flags of the message where it is sent alone;
    * `:payload` - the encoded query;
    * `:codec` - codec module of the object;
    * `:query` - codec module of the query, `nil` for that of the object;
    * `:skip` - attributes that are not decoded, as in `Linx.Netlink.Request`;
    * `:room` - bytes of the receive buffer that the reply takes, usually and at most;
    * `:call` - a function that reads the object in place of the request, where the kernel only lists
      such objects: of a target and a timeout;
    * `:finish` - a function that makes the result of `{:ok, object}` or `{:error, reason}`; `nil` for
      that itself.
  """
  @type t :: %__MODULE__{
          type: 0..0xFFFF | nil,
          flags: 0..0xFFFF,
          payload: binary() | nil,
          codec: module() | nil,
          query: module() | nil,
          skip: [atom()],
          room: {pos_integer(), pos_integer()} | nil,
          call: (Linx.Netlink.Target.t(), timeout() -> result()) | nil,
          finish: (result() -> result()) | nil
        }

  @type result :: {:ok, term()} | {:error, term()}
end

defmodule Linx.Netlink.Request.Failure do
  @moduledoc false
  # Error reason of a request, from the answer of the native side.

  alias Linx.Errno
  alias Linx.Netlink.{Error, Message}
  alias Linx.Netlink.Request.InFlight

  @typedoc "A codec module and the bytes it encoded; the source of an error's attribute path."
  @type body :: {module(), binary()} | nil

  @doc """
  Reason for a missing reply.
  """
  @spec reason(InFlight.answer(), body()) :: term()
  def reason(:interrupted, _body), do: :dump_interrupted
  def reason({:refused, code, extack}, body), do: Error.refusal(code, extack, body)
  def reason(:malformed, _body), do: %Error{errno: :malformed_error, code: nil}
  def reason(:truncated, _body), do: {:recv, :truncated}
  def reason(:lost, _body), do: {:recv, :enobufs}
  # EBADF: the descriptor is closed.
  def reason({stage, 9}, _body), do: {stage, :closed}
  def reason({stage, errno}, _body) when is_integer(errno), do: {stage, Errno.atom(errno)}
  def reason({stage, reason}, _body), do: {stage, reason}

  @doc """
  Errors of the messages of a datagram, from their positions, counted from 0.
  """
  @spec refusals([{non_neg_integer(), pos_integer(), binary()}], [Message.t()]) ::
          [{non_neg_integer(), Error.t()}]
  def refusals([], _messages), do: []

  def refusals(refusals, messages) do
    messages = List.to_tuple(messages)

    for {at, code, extack} <- refusals,
        do: {at, Error.refusal(code, extack, body(messages, at))}
  end

  defp body(messages, at) when at < tuple_size(messages) do
    case elem(messages, at) do
      %Message{codec: nil} -> nil
      %Message{codec: codec, payload: payload} -> {codec, payload}
    end
  end

  defp body(_messages, _at), do: nil
end

defmodule Linx.Netlink.Error do
  @moduledoc """
  What the kernel said when it refused a request.

  Kernel side: `NLMSG_ERROR`, `struct nlmsgerr` and the extended acknowledgement
  `NLMSGERR_ATTR_*` of `include/uapi/linux/netlink.h`.

      {:error, error} = Linx.Netlink.Rtnl.Link.get(sock, "eth9")
      error.errno
      #=> :enodev
      Exception.message(error)
      #=> "netlink ENODEV (19): no such interface \\"eth9\\""

  `:errno` and `:code` are always there. The rest is as much as the kernel tells,
  and for most refusals it tells nothing:

    * `:message` - its sentence, in English;
    * `:offset` - where in the request the culprit begins, in bytes from the
      start of the message, its 16-byte header included;
    * `:attribute` - the same as a path of the request's field names, such as
      `[:linkinfo, :info_data, :id]`, where the request was made from a struct;
    * `:missing` - the path of an attribute that the request lacks; a number
      stands for a name that is not known;
    * `:policy` - what the attribute should have been, as
      `Linx.Netlink.Error.Policy`.

  It is an exception, and can be raised as it is.
  """

  alias Linx.Errno
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Error.{ExtAck, Policy}
  alias Linx.Text

  @enforce_keys [:errno, :code]
  defexception [:errno, :code, :message, :offset, :attribute, :missing, :policy]

  @type t :: %__MODULE__{
          errno: atom(),
          code: pos_integer() | nil,
          message: binary() | nil,
          offset: non_neg_integer() | nil,
          attribute: [atom()] | nil,
          missing: [atom() | non_neg_integer()] | nil,
          policy: Policy.t() | nil
        }

  # `struct nlmsghdr`, which the kernel's offsets count and a request's body lacks.
  @header 16

  @doc """
  The error for a Linux error number, with the kernel's sentence if there is one.

  A number without a known name gives `errno: :unknown`.

      iex> Linx.Netlink.Error.from_errno(19)
      %Linx.Netlink.Error{errno: :enodev, code: 19}
  """
  @spec from_errno(pos_integer(), binary() | nil) :: t()
  def from_errno(code, message \\ nil)
      when is_integer(code) and code > 0 and (message == nil or is_binary(message)) do
    %__MODULE__{errno: Errno.atom(code), code: code, message: message}
  end

  @doc false
  # The error for a refusal with the attributes of its extended acknowledgement.
  # `request` is the body that was sent and the codec that made it, if known.
  @spec refusal(pos_integer(), binary(), {module(), binary()} | nil) :: t()
  def refusal(code, extack, request \\ nil) do
    error = from_errno(code)

    case decode(extack) do
      nil ->
        error

      extack ->
        %{error | message: text(extack.msg), offset: extack.offs, policy: extack.policy}
        |> attribute(request)
        |> missing(extack, request)
    end
  end

  defp decode(<<>>), do: nil

  defp decode(extack) do
    ExtAck.decode(extack)
  rescue
    # Lengths that contradict each other: the errno still counts.
    ArgumentError -> nil
  end

  defp text(empty) when empty in [nil, ""], do: nil
  defp text(text), do: text

  defp attribute(%{offset: offset} = error, {module, body})
       when is_integer(offset) and offset >= @header do
    case Engine.locate(module, body, offset - @header) do
      [] -> error
      path -> %{error | attribute: path}
    end
  end

  defp attribute(error, _request), do: error

  defp missing(error, %{miss_type: type} = extack, {module, body}) when is_integer(type) do
    nest = extack.miss_nest && max(extack.miss_nest - @header, 0)
    %{error | missing: Engine.missing(module, body, nest, type)}
  end

  defp missing(error, %{miss_type: type}, nil) when is_integer(type),
    do: %{error | missing: [type]}

  defp missing(error, _extack, _request), do: error

  @doc """
  The error in words, in one line of valid UTF-8, whatever bytes `:message` has.

      iex> Exception.message(Linx.Netlink.Error.from_errno(19, "no such device"))
      "netlink ENODEV (19): no such device"
  """
  @impl Exception
  def message(%__MODULE__{} = error) do
    case error.message do
      nil -> what(error)
      text -> what(error) <> ": " <> Text.line(text)
    end
  end

  defp what(%{errno: :unknown, code: code}), do: "netlink errno #{Text.field(code)}"
  defp what(%{errno: errno, code: nil}), do: "netlink #{upcase(errno)}"
  defp what(%{errno: errno, code: code}), do: "netlink #{upcase(errno)} (#{Text.field(code)})"

  defp upcase(errno), do: errno |> Text.field() |> String.upcase()
end

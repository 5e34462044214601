defmodule Linx.Netlink.Error do
  @moduledoc """
  A refusal of a request by the kernel.

  Kernel side: `NLMSG_ERROR`, `struct nlmsgerr` and the extended acknowledgement
  `NLMSGERR_ATTR_*` of `include/uapi/linux/netlink.h`.

      {:error, error} = Linx.Netlink.Rtnl.Link.get(sock, "eth9")
      error.errno
      #=> :enodev
      Exception.message(error)
      #=> "netlink ENODEV (19): no such interface \\"eth9\\""

  Fields:

    * `:errno` - name of the error, such as `:enodev`; `:unknown` for a number without a name,
      `:malformed_error` for a reply too short to hold one;
    * `:code` - number of the error, `nil` if the kernel sent none;
    * `:message` - message of the kernel, in English (`NLMSGERR_ATTR_MSG`);
    * `:offset` - start of the refused attribute, in bytes from the start of the message, its
      16-byte header included (`NLMSGERR_ATTR_OFFS`);
    * `:attribute` - path of the refused attribute, field names such as
      `[:linkinfo, :info_data, :id]`, where the request was made from a struct;
    * `:missing` - path of an attribute that the request lacks; a number stands for an unknown
      name (`NLMSGERR_ATTR_MISS_TYPE`, `NLMSGERR_ATTR_MISS_NEST`);
    * `:policy` - the values that the kernel accepts for the attribute, as
      `Linx.Netlink.Error.Policy` (`NLMSGERR_ATTR_POLICY`).

  Fields after `:code` are `nil` where the kernel sends nothing, as with most refusals.
  The struct is an exception and can be raised.
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

  # Size of `struct nlmsghdr`, which the kernel's offsets include and a request's body lacks.
  @header 16

  @doc """
  The error for a Linux error number, with a message of the kernel if there is one.

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
  # The error for a refusal and the attributes of its extended acknowledgement. `request` is the
  # codec module and the body that it encoded, if known.
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
    # Inconsistent attribute lengths: the errno is still valid.
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
  The text of the error, one line of valid UTF-8, also for a `:message` of any bytes.

      iex> Exception.message(Linx.Netlink.Error.from_errno(19, "no such device"))
      "netlink ENODEV (19): no such device"
  """
  @impl Exception
  def message(%__MODULE__{} = error) do
    case error.message do
      nil -> name(error)
      text -> name(error) <> ": " <> Text.line(text)
    end
  end

  defp name(%{errno: :unknown, code: code}), do: "netlink errno #{Text.field(code)}"
  defp name(%{errno: errno, code: nil}), do: "netlink #{upcase(errno)}"
  defp name(%{errno: errno, code: code}), do: "netlink #{upcase(errno)} (#{Text.field(code)})"

  defp upcase(errno), do: errno |> Text.field() |> String.upcase()
end

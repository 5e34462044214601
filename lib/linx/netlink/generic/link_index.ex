defmodule Linx.Netlink.Generic.LinkIndex do
  @moduledoc false
  # Indices of links, on a socket of generic netlink, in its namespace.

  import Linx.Netlink.Constants, only: [nlm_f_dump: 0]

  alias Linx.Errno
  alias Linx.Netlink.{Attr, Batch, Error, Generic, Request, Target}
  alias Linx.Netlink.Generic.Id

  @netlink_generic 16

  # IFNAMSIZ without the NUL; alternative names may be longer (ALTIFNAMSIZ).
  @short 15
  @longest 127

  # ETHTOOL_MSG_FEATURES_GET and its attributes, of include/uapi/linux/ethtool_netlink.h; the header is
  # a nest, NLA_F_NESTED.
  @version 1
  @features_get 11
  @header 0x8001
  @dev_index 1
  @dev_name 2
  @flags 3
  @compact_bitsets <<1::native-32>>

  @doc """
  The index of a link, which is given by an index or by any of its names. `:enodev` if there is none.
  """
  @spec fetch(Request.target(), term(), keyword()) ::
          {:ok, pos_integer()} | {:error, Generic.error() | {:bad_option, :link, term()}}
  def fetch(_target, index, _opts) when index in 1..0x7FFFFFFF, do: {:ok, index}

  def fetch(target, name, opts) when is_binary(name) and byte_size(name) in 1..@longest do
    target = Batch.target(target)

    cond do
      Linx.Text.nul?(name) -> {:error, {:bad_option, :link, name}}
      byte_size(name) <= @short -> by_ioctl(target, name)
      true -> by_ethtool(target, name, opts)
    end
  end

  def fetch(_target, other, _opts), do: {:error, {:bad_option, :link, other}}

  # SIOCGIFINDEX takes no lock, and any socket serves.
  defp by_ioctl(target, name) do
    with :ok <- Target.check(target, @netlink_generic),
         {:ok, sock, _conn} <- Target.resolve(target) do
      case :socket.ioctl(sock.socket, :gifindex, :binary.bin_to_list(name)) do
        {:ok, index} -> {:ok, index}
        {:error, :closed} -> {:error, {:send, :closed}}
        {:error, reason} -> {:error, refusal(reason)}
      end
    end
  end

  defp refusal(reason), do: %Error{errno: reason, code: Errno.code(reason)}

  # A name that no `struct ifreq` holds: ethtool replies with the index of the link that a request names.
  defp by_ethtool(target, name, opts) do
    opts = Keyword.take(opts, [:timeout])

    with {:ok, [reply]} <- features(target, 0, [{@dev_name, name <> <<0>>}], opts),
         do: {:ok, index(reply)}
  end

  @doc """
  The indices of all links, as ethtool lists them.
  """
  @spec all(Request.target(), keyword()) :: {:ok, [pos_integer()]} | {:error, Generic.error()}
  def all(target, opts) do
    opts = Keyword.take(opts, [:timeout, :dump_retries])

    with {:ok, replies} <- features(target, nlm_f_dump(), [{@flags, @compact_bitsets}], opts),
         do: {:ok, Enum.map(replies, &index/1)}
  end

  # Features are read from memory, without a call of the driver.
  defp features(target, flags, header, opts) do
    request = [<<@features_get, @version, 0::16>>, Attr.encode([{@header, Attr.encode(header)}])]

    with {:ok, id} <- Id.fetch(target, "ethtool", opts),
         do: Request.talk(target, id, flags, request, opts)
  end

  defp index(%{payload: <<_::32, attrs::binary>>}) do
    {_, link} = attrs |> Attr.decode() |> List.keyfind!(@header, 0)
    {_, <<index::native-32>>} = link |> Attr.decode() |> List.keyfind!(@dev_index, 0)
    index
  end
end

defmodule Linx.Netlink.Nfnl.Codec do
  @moduledoc """
  Types and header of nfnetlink messages.

  Kernel side: `struct nfgenmsg` and `NFNL_*` of
  `include/uapi/linux/netfilter/nfnetlink.h`.

      iex> import Linx.Netlink.Nfnl.Codec
      iex> nlmsg_type(subsys_nftables(), 16)
      0x0A10
      iex> encode_nfgenmsg(:ip6, 1)
      <<10, 0, 0, 1>>

  `res_id` and nearly all integers in nfnetlink's attributes are big endian; the `nlmsghdr` in
  front is in the host's byte order.
  """

  alias Linx.Netlink.{Attr, Batch, Message, Options, Request}
  alias Linx.Netlink.Nfnl.Family
  alias Linx.Netlink.Nfnl.Nft.{Gen, MessageType}

  @subsystems [ctnetlink: 1, queue: 3, ulog: 4, nftables: 10]

  defguardp is_subsys(value)
            when value in 0..255 or value in [:ctnetlink, :queue, :ulog, :nftables]

  # NETLINK_NETFILTER of include/uapi/linux/netlink.h.
  @netlink_netfilter 12

  # NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END.
  @batch_begin 0x10
  @batch_end 0x11

  # NFNL_BATCH_GENID.
  @batch_genid 1

  @typedoc "A subsystem of nfnetlink, by name or number."
  @type subsys :: :ctnetlink | :queue | :ulog | :nftables | 0..255

  @typedoc "A protocol family of netfilter, by name or number; see `nfproto/1`."
  @type family ::
          :unspec
          | :inet
          | :ip
          | :ipv4
          | :arp
          | :netdev
          | :bridge
          | :ip6
          | :ipv6
          | 0..255

  @doc "`NFNL_SUBSYS_NFTABLES`: firewall rules, `Linx.Netlink.Nfnl.Nft`."
  @spec subsys_nftables() :: 10
  def subsys_nftables, do: 10

  @doc "`NFNL_SUBSYS_ULOG`: logged packets, `Linx.Netlink.Nfnl.Log`."
  @spec subsys_ulog() :: 4
  def subsys_ulog, do: 4

  @doc "`NFNL_SUBSYS_CTNETLINK`: connections, `Linx.Netlink.Nfnl.Conntrack`."
  @spec subsys_ctnetlink() :: 1
  def subsys_ctnetlink, do: 1

  @doc "`NFNL_SUBSYS_QUEUE`: queued packets."
  @spec subsys_queue() :: 3
  def subsys_queue, do: 3

  @doc """
  The number of a protocol family (`NFPROTO_*`).

      iex> for family <- [:unspec, :inet, :ip, :arp, :netdev, :bridge, :ip6] do
      ...>   Linx.Netlink.Nfnl.Codec.nfproto(family)
      ...> end
      [0, 1, 2, 3, 5, 7, 10]

  `:ipv4` and `:ipv6` are other names of `:ip` and `:ip6`. `:inet` is IPv4 and IPv6 together,
  while in the rest of this library it is IPv4. Raises `ArgumentError` for any other name.
  """
  @spec nfproto(atom()) :: 0..255
  def nfproto(family) when is_atom(family) do
    case Family.numbers()[family] do
      nil -> raise ArgumentError, "not a netfilter family: #{inspect(family)}"
      number -> number
    end
  end

  @doc """
  The type of a message: subsystem in the upper byte, operation in the lower.
  """
  @spec nlmsg_type(0..255, 0..255) :: 0..0xFFFF
  def nlmsg_type(subsys, op) when subsys in 0..255 and op in 0..255, do: subsys * 256 + op

  @doc """
  Subsystem and operation of a message's type.

      iex> Linx.Netlink.Nfnl.Codec.split_type(0x0A10)
      {10, 16}
  """
  @spec split_type(0..0xFFFF) :: {0..255, 0..255}
  def split_type(type) when type in 0..0xFFFF, do: {div(type, 256), rem(type, 256)}

  @doc """
  The header of a message (`struct nfgenmsg`): family, version 0 and `res_id`, whose meaning depends
  on the subsystem.
  """
  @spec encode_nfgenmsg(family(), 0..0xFFFF) :: <<_::32>>
  def encode_nfgenmsg(family \\ :unspec, res_id \\ 0)

  def encode_nfgenmsg(family, res_id) when is_atom(family) and res_id in 0..0xFFFF,
    do: encode_nfgenmsg(nfproto(family), res_id)

  def encode_nfgenmsg(family, res_id) when family in 0..255 and res_id in 0..0xFFFF,
    do: <<family, 0, res_id::16>>

  @doc """
  Splits a payload into the fields of its header, which are numbers, and its attributes:
  `{family, version, res_id, attributes}`.

  Raises `ArgumentError` for fewer than 4 bytes.
  """
  @spec decode_nfgenmsg(binary()) :: {0..255, 0..255, 0..0xFFFF, binary()}
  def decode_nfgenmsg(<<family, version, res_id::16, rest::binary>>),
    do: {family, version, res_id, rest}

  def decode_nfgenmsg(binary) when is_binary(binary),
    do: raise(ArgumentError, "struct nfgenmsg has 4 bytes, not #{byte_size(binary)}")

  @doc """
  The message that begins a batch for a subsystem (`NFNL_MSG_BATCH_BEGIN`).

  With `genid: n`, the kernel refuses the batch with `:erestart` unless `n` is the generation of the
  ruleset; see `get_gen/2`. Raises `ArgumentError` for any other value or option, and
  `FunctionClauseError` for a value that is no subsystem.
  """
  @spec batch_begin(subsys(), genid: 0..0xFFFFFFFF | nil) :: Message.t()
  def batch_begin(subsys, opts \\ []) when is_subsys(subsys) do
    attrs =
      case opts do
        [] -> <<>>
        [genid: nil] -> <<>>
        [genid: genid] when genid in 0..0xFFFFFFFF -> Attr.encode([{@batch_genid, <<genid::32>>}])
        bad -> raise ArgumentError, "not a generation of 32 bits: #{inspect(bad)}"
      end

    %Message{type: @batch_begin, payload: batch_header(subsys) <> attrs}
  end

  @doc """
  The message that ends a batch and commits it (`NFNL_MSG_BATCH_END`).

  Raises `FunctionClauseError` for a value that is no subsystem.
  """
  @spec batch_end(subsys()) :: Message.t()
  def batch_end(subsys) when is_subsys(subsys),
    do: %Message{type: @batch_end, payload: batch_header(subsys)}

  @doc false
  @spec subsys?(term()) :: boolean()
  def subsys?(name), do: is_atom(name) and Keyword.has_key?(@subsystems, name)

  defp batch_header(subsys), do: encode_nfgenmsg(:unspec, number(subsys))

  defp number(subsys) when subsys in 0..255, do: subsys

  for {name, number} <- @subsystems do
    defp number(unquote(name)), do: unquote(number)
  end

  @doc """
  Reads the generation of the ruleset, a number that changes with each transaction
  (`NFT_MSG_GETGEN`).

      {:ok, %{id: 7, proc_pid: 4711, proc_name: "nft"}} = get_gen(sock)

  `proc_pid` and `proc_name` are the calling OS process. Needs `CAP_NET_ADMIN`. Takes the option
  `:timeout`. Errors are those of `Linx.Netlink.Request`, and `:empty_reply` if the kernel answers
  without a generation.
  """
  @spec get_gen(Request.target(), timeout: timeout()) ::
          {:ok,
           %{
             id: 0..0xFFFFFFFF | nil,
             proc_pid: non_neg_integer() | nil,
             proc_name: String.t() | nil
           }
           | Batch.Read.t()}
          | {:error, Request.error() | :empty_reply}
  def get_gen(sock, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :get, @netlink_netfilter, []),
         do:
           sock
           |> Request.fetch(MessageType.number(:getgen), %Gen{}, request)
           |> Batch.finish(&generation/1)
  end

  defp generation({:ok, gen}), do: {:ok, Map.take(gen, [:id, :proc_pid, :proc_name])}
  defp generation({:error, :no_reply}), do: {:error, :empty_reply}
  defp generation({:error, reason}), do: {:error, reason}
end

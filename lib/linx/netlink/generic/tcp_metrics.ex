defmodule Linx.Netlink.Generic.TcpMetrics do
  @moduledoc """
  TCP metrics: what the kernel keeps of closed connections, for the next one to the same peer.

  Kernel side: `TCP_METRICS_CMD_*` and `TCP_METRICS_ATTR_*` of `include/uapi/linux/tcp_metrics.h`,
  `net/ipv4/tcp_metrics.c`.

      {:ok, sock} = Linx.Netlink.Generic.open()
      {:ok, entries} = TcpMetrics.list(sock)

      {:ok, entry} = TcpMetrics.get(sock, "192.0.2.7")
      entry.vals.cwnd
      #=> 18
      TcpMetrics.rtt(entry)
      #=> 23_500

      :ok = TcpMetrics.delete(sock, "192.0.2.7")
      :ok = TcpMetrics.flush(sock)

  An entry belongs to a peer and a local address. The kernel writes it when a connection ends, unless the
  sysctl `net.ipv4.tcp_no_metrics_save` is 1, and keeps cookies of TCP Fast Open in it. The address of the
  peer is `addr_ipv4` or `addr_ipv6`, the local one `saddr_ipv4` or `saddr_ipv6`: `address/1` and
  `source/1` return either.

  Reading needs no privilege; deleting needs `CAP_NET_ADMIN` in the
  initial user namespace.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:esrch` if there is no such entry;
    * `{:bad_address, text}`, `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Generic.Family, name: "tcp_metrics", version: 1

  alias Linx.IP
  alias Linx.Netlink.{Batch, Message, Request}
  alias Linx.Netlink.Generic.{Header, Verb}
  alias __MODULE__.Vals

  codec prefix: "TCP_METRICS_ATTR_" do
    header Header
    attr 1, :addr_ipv4, IP, "address of the peer, IPv4"
    attr 2, :addr_ipv6, IP, "address of the peer, IPv6"
    attr 3, :age, :u64, "time since the last change, ms", volatile: true
    attr 4, :tw_tsval, :u32, "last timestamp of a connection in TIME_WAIT"
    attr 5, :tw_ts_stamp, :s32, "time since that timestamp, s", volatile: true
    attr 6, :vals, {:nested, Vals}, "values of earlier connections"
    attr 7, :fopen_mss, :u16, "TCP Fast Open: segment size of the peer, bytes"
    attr 8, :fopen_syn_drops, :u16, "TCP Fast Open: lost requests with data"
    attr 9, :fopen_syn_drop_ts, :u64, "time since the last of these, ms", volatile: true
    attr 10, :fopen_cookie, :binary, "TCP Fast Open: cookie of the peer"
    attr 11, :saddr_ipv4, IP, "local address, IPv4"
    attr 12, :saddr_ipv6, IP, "local address, IPv6"
  end

  command :get, 1, __MODULE__, dump: true
  command :del, 2, __MODULE__

  @table [
    address: {{:ip, {:addr_ipv4, :addr_ipv6}}, ""},
    source: {{:ip, {:saddr_ipv4, :saddr_ipv6}}, ""}
  ]

  @type error :: Verb.error()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc """
  Lists the entries of the socket's namespace. Options: `:timeout` and `:dump_retries` of
  `Linx.Netlink.Request`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(target, opts \\ []), do: Verb.list(target, {__MODULE__, :get}, %__MODULE__{}, opts)

  @doc """
  Gets the entry of a peer; of several the one with the local address `:source`. Takes `:timeout`.
  """
  @spec get(Request.target(), IP.input(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(target, address, opts \\ []),
    do: Verb.get(target, {__MODULE__, :get}, {%__MODULE__{}, address: address}, opts, @table)

  @doc """
  Deletes the entries of a peer, or the one with the local address `:source`. Takes `:timeout`. Needs
  `CAP_NET_ADMIN` in the initial user namespace.
  """
  @spec delete(Request.target(), IP.input(), keyword()) :: done()
  def delete(target, address, opts \\ []),
    do: Verb.set(target, {__MODULE__, :del}, {%__MODULE__{}, address: address}, opts, @table)

  @doc """
  Deletes all entries of the socket's namespace. Takes `:timeout`. Needs `CAP_NET_ADMIN` in the initial
  user namespace.
  """
  @spec flush(Request.target(), keyword()) :: done()
  def flush(target, opts \\ []), do: Verb.set(target, {__MODULE__, :del}, %__MODULE__{}, opts)

  @doc """
  Address of the peer, of either family.
  """
  @spec address(t()) :: IP.t() | nil
  def address(%__MODULE__{} = entry), do: entry.addr_ipv4 || entry.addr_ipv6

  @doc """
  Local address, of either family.
  """
  @spec source(t()) :: IP.t() | nil
  def source(%__MODULE__{} = entry), do: entry.saddr_ipv4 || entry.saddr_ipv6

  @doc """
  Smoothed round trip time in microseconds, `nil` if the entry has none.

      iex> alias Linx.Netlink.Generic.TcpMetrics
      iex> TcpMetrics.rtt(%TcpMetrics{vals: %TcpMetrics.Vals{rtt: 1, rtt_us: 1600}})
      200
  """
  @spec rtt(t()) :: non_neg_integer() | nil
  def rtt(%__MODULE__{vals: %Vals{rtt_us: us}}) when us != nil, do: div(us, 8)
  def rtt(%__MODULE__{vals: %Vals{rtt: ms}}) when ms != nil, do: div(ms * 1000, 8)
  def rtt(%__MODULE__{}), do: nil

  @doc """
  Variation of the round trip time in microseconds, `nil` if the entry has none.
  """
  @spec rttvar(t()) :: non_neg_integer() | nil
  def rttvar(%__MODULE__{vals: %Vals{rttvar_us: us}}) when us != nil, do: div(us, 4)
  def rttvar(%__MODULE__{vals: %Vals{rttvar: ms}}) when ms != nil, do: div(ms * 1000, 4)
  def rttvar(%__MODULE__{}), do: nil
end

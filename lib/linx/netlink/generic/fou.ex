defmodule Linx.Netlink.Generic.Fou do
  @moduledoc """
  UDP ports at which the kernel receives packets in UDP: foo over UDP, and generic UDP encapsulation.

  Kernel side: `FOU_CMD_*` and `FOU_ATTR_*` of `include/uapi/linux/fou.h`, `net/ipv4/fou_core.c`.

      {:ok, sock} = Linx.Netlink.Generic.open()
      :ok = Fou.add(sock, 5555, ipproto: :gre)
      :ok = Fou.add(sock, 5556, type: :gue)
      {:ok, [%Fou{port: 5555, ipproto: :gre}, %Fou{port: 5556, type: :gue}]} = Fou.list(sock)

  The kernel takes the UDP header off a packet that arrives at such a port. What follows it is a packet of
  the protocol `ipproto` (`:direct`), or a header that names the protocol (`:gue`). The other direction is
  a property of tunnels: the options `:encap_type`, `:encap_sport` and `:encap_dport` of the kinds
  `ipip`, `gre` and `sit` of links.

  Everything needs `CAP_NET_ADMIN` in the user namespace of the socket's network namespace, and a
  kernel with the module `fou`.

  A receiver is identified by its port, its address family, and the addresses and the link that it was
  made with: `get/3` and `delete/3` take these options, too.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eaddrinuse` or `:ealready` for a port in use,
      `:einval` for `:peer` without `:peer_port` and for `:dev` without `:local`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:bad_address, text}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options
  use Linx.Netlink.Generic.Family, name: "fou", version: 1

  alias Linx.IP
  alias Linx.Netlink.{Batch, Generic, IpProtocol, Message, Options, Request}
  alias Linx.Netlink.Generic.{Header, Verb}

  @families Options.families()
  @types [direct: 1, gue: 2]
  @protocols IpProtocol.names()

  codec prefix: "FOU_ATTR_" do
    header Header
    attr 1, :port, :be16, "UDP port"
    attr 2, :af, {:enum, :u8, @families}, "address family", values: "AF_"
    attr 3, :ipproto, {:enum, :u8, @protocols}, "protocol of the packets", values: "IPPROTO_"
    attr 4, :type, {:enum, :u8, @types}, "encapsulation", values: "FOU_ENCAP_"
    attr 5, :remcsum_nopartial, :flag, "remote checksum offload writes whole checksums"
    attr 6, :local_v4, IP, "local address, IPv4"
    attr 7, :local_v6, IP, "local address, IPv6"
    attr 8, :peer_v4, IP, "address of the sender, IPv4"
    attr 9, :peer_v6, IP, "address of the sender, IPv6"
    attr 10, :peer_port, :be16, "port of the sender"
    attr 11, :ifindex, :s32, "index of the link that packets arrive at"
  end

  command :add, 1, __MODULE__
  command :del, 2, __MODULE__
  command :get, 3, __MODULE__, dump: true

  options(
    ipproto: {{:named, 0..255, @protocols}, "protocol of the packets, for `:direct`"},
    type: {{:enum, @types}, "encapsulation, `:direct` if not given"},
    remcsum_nopartial: {:flag, "remote checksum offload writes whole checksums, for `:gue`"},
    family:
      {{:enum, @families}, "address family; that of an address or `:inet` if not given",
       field: [:af]},
    local: {{:ip, {:local_v4, :local_v6}}, "local address"},
    peer: {{:ip, {:peer_v4, :peer_v6}}, "address of the sender, with `:peer_port`"},
    peer_port: {1..0xFFFF, "port of the sender"},
    dev: {:link, "link that packets arrive at, with `:local`", field: [:ifindex]}
  )

  @port [port: {1..0xFFFF, ""}]

  @type error :: Verb.error()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc """
  Lists the receivers of the socket's namespace. Options: `:timeout` and `:dump_retries` of
  `Linx.Netlink.Request`. Needs `CAP_NET_ADMIN`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(target, opts \\ []), do: Verb.list(target, {__MODULE__, :get}, %__MODULE__{}, opts)

  @doc """
  Gets the receiver at a port; `:esrch` if there is none.

      {:ok, %Fou{type: :direct}} = Fou.get(sock, 5555)

  Options are `:family`, `:local`, `:peer`, `:peer_port`, `:dev` and `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec get(Request.target(), 1..0xFFFF, keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(target, port, opts \\ []) do
    with {:ok, request, fou} <- body(target, :get, %__MODULE__{}, port, opts, selecting()),
         do: Generic.fetch(target, __MODULE__, :get, fou, request)
  end

  @doc """
  Adds a receiver at a port.

      :ok = Fou.add(sock, 5555, ipproto: :ipip, local: "192.0.2.1", dev: "eth0")

  Takes the options above and `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec add(Request.target(), 1..0xFFFF, keyword()) :: done()
  def add(target, port, opts \\ []) do
    fou = %__MODULE__{type: :direct}

    with {:ok, request, fou} <- body(target, :set, fou, port, opts, __options__()),
         do: Generic.run(target, __MODULE__, :add, fou, request)
  end

  @doc """
  Deletes the receiver at a port; `:einval` if there is none. Options are those of `get/3`. Needs
  `CAP_NET_ADMIN`.
  """
  @spec delete(Request.target(), 1..0xFFFF, keyword()) :: done()
  def delete(target, port, opts \\ []) do
    with {:ok, request, fou} <- body(target, :set, %__MODULE__{}, port, opts, selecting()),
         do: Generic.run(target, __MODULE__, :del, fou, request)
  end

  defp selecting, do: Keyword.take(__options__(), [:family, :local, :peer, :peer_port, :dev])

  defp body(target, verb, fou, port, opts, table) do
    with {:ok, request, fou} <-
           Verb.body(target, verb, {fou, port: port}, {opts, @port ++ table}),
         do: {:ok, request, %{fou | af: fou.af || family(fou.local_v6 || fou.peer_v6)}}
  end

  defp family(nil), do: :inet
  defp family(%IP{}), do: :inet6
end

defmodule Linx.Netlink.Generic.Mptcp do
  @moduledoc """
  Multipath TCP: endpoints and limits of a namespace, and the subflows of single connections.

  Kernel side: `MPTCP_PM_CMD_*` and `MPTCP_PM_ATTR_*` of `include/uapi/linux/mptcp_pm.h`.

      {:ok, sock} = Linx.Netlink.Generic.open()
      :ok = Mptcp.set_limits(sock, subflows: 2, rcv_add_addrs: 2)
      :ok = Mptcp.add(sock, "192.0.2.1", flags: [:subflow], dev: "eth0")
      :ok = Mptcp.add(sock, "198.51.100.1", flags: [:signal], id: 7)
      {:ok, [%Mptcp.Endpoint{id: 1}, %Mptcp.Endpoint{id: 7}]} = Mptcp.list(sock)
      :ok = Mptcp.set(sock, 1, flags: [:backup])
      :ok = Mptcp.delete(sock, 7)

  Endpoints and limits are those of the kernel's path manager, which adds subflows to all connections of the
  namespace. Where the sysctl `net.mptcp.pm_type` is 1, a program decides instead. It receives the
  notifications of connections from `Linx.Netlink.Generic.Mptcp.Monitor`, and refers to one by its token:

      :ok = Mptcp.announce(sock, token, "198.51.100.1", 7)
      :ok = Mptcp.create_subflow(sock, token, "192.0.2.1", {"203.0.113.9", 443}, id: 3)
      :ok = Mptcp.destroy_subflow(sock, token, {"192.0.2.1", 40_112}, {"203.0.113.9", 443})
      :ok = Mptcp.remove(sock, token, 7)

  Reading needs no privilege; endpoints needed `CAP_NET_ADMIN` in older kernels (not in Linux 6.18).
  Everything else needs `CAP_NET_ADMIN` in the user namespace of the network namespace.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: mostly `:einval`, with a message;
    * `{:bad_address, text}`, `{:unknown_option, key}`, `{:bad_option, key, value}`,
      `{:missing_option, key}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  use Linx.Netlink.Generic.Family,
    name: "mptcp_pm",
    version: 1,
    groups: ["mptcp_pm_events"]

  alias Linx.IP
  alias Linx.Netlink.{Batch, Message, Request}
  alias Linx.Netlink.Generic.{Header, Verb}
  alias __MODULE__.{Connection, Endpoint, Limits}

  codec prefix: "MPTCP_PM_ATTR_" do
    header Header
    attr 1, :addr, {:nested, Endpoint}, "endpoint, or local address of a subflow"
    attr 4, :token, :u32, "number of a connection"
    attr 5, :loc_id, :u8, "id of a local address"
    attr 6, :addr_remote, {:nested, Endpoint}, "address of the peer"
  end

  command :add_addr, 1, __MODULE__
  command :del_addr, 2, __MODULE__
  command :get_addr, 3, __MODULE__, dump: true
  command :flush_addrs, 4, __MODULE__
  command :set_limits, 5, Limits
  command :get_limits, 6, Limits
  command :set_flags, 7, __MODULE__
  command :announce, 8, __MODULE__
  command :remove, 9, __MODULE__
  command :subflow_create, 10, __MODULE__
  command :subflow_destroy, 11, __MODULE__

  event :created, 1, Connection
  event :established, 2, Connection
  event :closed, 3, Connection
  event :announced, 6, Connection
  event :removed, 7, Connection
  event :sub_established, 10, Connection
  event :sub_closed, 11, Connection
  event :sub_priority, 13, Connection
  event :listener_created, 15, Connection
  event :listener_closed, 16, Connection

  options(
    flags:
      {{:flags, Endpoint.__flags__()}, "use of the address", field: [{:addr, Endpoint}, :flags]},
    dev: {:link, "link that subflows leave by", field: [{:addr, Endpoint}, :if_idx]},
    port: {1..0xFFFF, "TCP port to announce, with `:signal`", field: [{:addr, Endpoint}, :port]},
    id: {1..255, "id; the kernel's choice if not given", field: [{:addr, Endpoint}, :id]}
  )

  # Arguments, and options of single verbs.
  @others [
    address: {{:check, &Endpoint.cast/1}, "", field: [{:addr, Endpoint}, :addr4]},
    local: {{:check, &Endpoint.cast/1}, "", field: [{:addr, Endpoint}, :addr4]},
    remote: {{:check, &Endpoint.cast/1}, "", field: [{:addr_remote, Endpoint}, :addr4]},
    token: {0..0xFFFFFFFF, ""}
  ]

  @deleted [id: {0..255, "", field: [{:addr, Endpoint}, :id]}]
  @removed [id: {0..255, "", field: [:loc_id]}]

  @type error :: Verb.error()

  @typedoc "An address of a subflow, with its port where the kernel needs it."
  @type address :: IP.input() | {IP.input(), 1..0xFFFF}

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc """
  Lists the endpoints. With `:token`, the local addresses of that connection, which a program manages (from
  Linux 6.10). Takes `:timeout` and `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [Endpoint.t()]} | {:error, error()}
  def list(target, opts \\ []) do
    with {:ok, list} <-
           Verb.list(target, {__MODULE__, :get_addr}, %__MODULE__{}, opts, rows([:token])),
         do: {:ok, Enum.map(list, & &1.addr)}
  end

  @doc """
  Gets the endpoint with an id; `:einval` if there is none. With `:token`, the local address of that
  connection, as for `list/2`. Takes `:timeout`.
  """
  @spec get(Request.target(), 1..255, keyword()) ::
          {:ok, Endpoint.t() | Batch.Read.t()} | {:error, error()}
  def get(target, id, opts \\ []) do
    target
    |> Verb.get({__MODULE__, :get_addr}, {%__MODULE__{}, id: id}, opts, rows([:id, :token]))
    |> Batch.finish(&with {:ok, %{addr: endpoint}} <- &1, do: {:ok, endpoint})
  end

  @doc """
  Adds an endpoint. Takes the options above and `:timeout`; an endpoint without `:flags` has none. Needs
  `CAP_NET_ADMIN`.
  """
  @spec add(Request.target(), IP.input(), keyword()) :: done()
  def add(target, address, opts \\ []),
    do: set(target, :add_addr, [address: address], opts, [:flags, :dev, :port, :id])

  @doc """
  Deletes the endpoint with an id, and the subflows of its address.

  The id 0 is that of the address with which a connection began: with the option `:address`, that address is
  removed from the connections that began with it. Takes `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec delete(Request.target(), 0..255, keyword()) :: done()
  def delete(target, id, opts \\ []),
    do: set(target, :del_addr, [id: id], opts, [:address], @deleted)

  @doc """
  Deletes all endpoints of the namespace. Takes `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec flush(Request.target(), keyword()) :: done()
  def flush(target, opts \\ []), do: set(target, :flush_addrs, [], opts, [])

  @doc """
  Sets the flags `:backup` and `:fullmesh` of an endpoint, which it lacks if the option `:flags` does not name
  them. Takes `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec set(Request.target(), 1..255, keyword()) :: done()
  def set(target, id, opts), do: set(target, :set_flags, [id: id], opts, [:flags])

  @doc """
  Gets the limits. Takes `:timeout`. Needs no privilege.
  """
  @spec limits(Request.target(), keyword()) ::
          {:ok, Limits.t() | Batch.Read.t()} | {:error, error()}
  def limits(target, opts \\ []), do: Verb.get(target, {__MODULE__, :get_limits}, %Limits{}, opts)

  @doc """
  Sets the options of `Linx.Netlink.Generic.Mptcp.Limits`, each at most 8. Takes `:timeout`. Needs
  `CAP_NET_ADMIN`.
  """
  @spec set_limits(Request.target(), keyword()) :: done()
  def set_limits(target, opts),
    do: Verb.set(target, {__MODULE__, :set_limits}, %Limits{}, opts, Limits.__options__())

  @doc """
  Announces a local address of a connection to its peer, under an id.

  Takes `:port`, `:dev` and `:timeout`. Needs `CAP_NET_ADMIN`, and a connection that a program manages, as all
  functions with a token.
  """
  @spec announce(Request.target(), non_neg_integer(), IP.input(), 1..255, keyword()) :: done()
  def announce(target, token, address, id, opts \\ []) do
    arguments = [token: token, address: address, id: id, flags: [:signal]]
    set(target, :announce, arguments, opts, [:port, :dev])
  end

  @doc """
  Withdraws the announcement of a local address, by its id. Takes `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec remove(Request.target(), non_neg_integer(), 0..255, keyword()) :: done()
  def remove(target, token, id, opts \\ []),
    do: set(target, :remove, [token: token, id: id], opts, [], @removed)

  @doc """
  Adds a subflow to a connection, from a local address to an address and port of the peer.

  Takes `:id`, the id of the local address, `:dev`, `:flags` and `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec create_subflow(Request.target(), non_neg_integer(), address(), address(), keyword()) ::
          done()
  def create_subflow(target, token, local, remote, opts \\ []) do
    arguments = [token: token, local: local, remote: remote]
    set(target, :subflow_create, arguments, opts, [:id, :dev, :flags])
  end

  @doc """
  Closes a subflow of a connection; `:esrch` if there is none between these addresses and ports. Takes
  `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec destroy_subflow(Request.target(), non_neg_integer(), address(), address(), keyword()) ::
          done()
  def destroy_subflow(target, token, local, remote, opts \\ []) do
    set(target, :subflow_destroy, [token: token, local: local, remote: remote], opts, [])
  end

  @doc """
  Sets or clears the flag `:backup` of a subflow of a connection, which it lacks if the option `:flags` does
  not name it. Takes `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec set_subflow(Request.target(), non_neg_integer(), address(), address(), keyword()) ::
          done()
  def set_subflow(target, token, local, remote, opts),
    do: set(target, :set_flags, [token: token, local: local, remote: remote], opts, [:flags])

  # `own` are rows in place of those with the same names.
  defp set(target, command, arguments, opts, keys, own \\ []) do
    table = own ++ rows(Keyword.keys(arguments) ++ keys)
    Verb.set(target, {__MODULE__, command}, {%__MODULE__{}, arguments}, opts, table)
  end

  defp rows(keys), do: Keyword.take(__options__() ++ @others, keys)
end

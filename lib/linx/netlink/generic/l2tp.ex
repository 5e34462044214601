defmodule Linx.Netlink.Generic.L2tp do
  @moduledoc """
  L2TP: tunnels that carry sessions, each of which is a link.

  Kernel side: `L2TP_CMD_*` and `L2TP_ATTR_*` of `include/uapi/linux/l2tp.h`; RFC 3931.

      alias Linx.Netlink.Generic
      alias Linx.Netlink.Generic.L2tp

      {:ok, sock} = Generic.open()

      :ok =
        L2tp.create_tunnel(sock, 1,
          peer_conn_id: 2,
          local: "192.0.2.1",
          remote: "192.0.2.2",
          udp_sport: 1701,
          udp_dport: 1701
        )

      :ok = L2tp.create_session(sock, 1, 10, peer_session_id: 20, ifname: "l2tp0")

      {:ok, session} = L2tp.session(sock, 1, 10)
      session.stats.rx_packets
      #=> 0

  A tunnel is identified by the number that this end gives it, `conn_id`, and the one that the other end
  gives it, `peer_conn_id`; so a session by `session_id` and `peer_session_id`. The other end is
  configured with the same numbers the other way round. The kernel creates the tunnel's socket; one of the
  calling operating system process is given by `fd`.

  All functions need `CAP_NET_ADMIN` in the user namespace of the socket's namespace.
  `Linx.Netlink.Generic.L2tp.Monitor` receives notifications.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:enodev` for an unknown tunnel, `:enodev` or
      `:enoent` for an unknown session, `:eexist` for one that exists, `:eaddrnotavail` for a local
      address that no link has;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`,
      `{:bad_address, text}`, `{:bad_name, name}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Generic.Family, name: "l2tp", version: 1, groups: ["l2tp"]

  alias Linx.Netlink.{Batch, Generic, Message, Options, Request}
  alias Linx.Netlink.Generic.Verb
  alias __MODULE__.{Session, Tunnel}

  command :tunnel_create, 1, Tunnel
  command :tunnel_delete, 2, Tunnel
  command :tunnel_modify, 3, Tunnel
  command :tunnel_get, 4, Tunnel, dump: true
  command :session_create, 5, Session
  command :session_delete, 6, Session
  command :session_modify, 7, Session
  command :session_get, 8, Session, dump: true

  event :tunnel_create, 1, Tunnel
  event :tunnel_delete, 2, Tunnel
  event :tunnel_modify, 3, Tunnel
  event :session_create, 5, Session
  event :session_delete, 6, Session
  event :session_modify, 7, Session

  @conn_id [conn_id: {1..0xFFFFFFFF, ""}]
  @ids @conn_id ++ [session_id: {1..0xFFFFFFFF, ""}]

  @session_modify [:recv_seq, :send_seq, :lns_mode, :recv_timeout]

  @type error :: Generic.error() | Options.reason()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc "Lists the tunnels of the socket's namespace. Options: `:timeout`, `:dump_retries`."
  @spec tunnels(Request.target(), keyword()) :: {:ok, [Tunnel.t()]} | {:error, error()}
  def tunnels(target, opts \\ []),
    do: Verb.list(target, {__MODULE__, :tunnel_get}, %Tunnel{}, opts)

  @doc "Gets a tunnel. Option: `:timeout`."
  @spec tunnel(Request.target(), pos_integer(), keyword()) ::
          {:ok, Tunnel.t() | Batch.Read.t()} | {:error, error()}
  def tunnel(target, conn_id, opts \\ []),
    do: Verb.get(target, {__MODULE__, :tunnel_get}, {%Tunnel{}, conn_id: conn_id}, opts, @conn_id)

  @doc """
  Creates a tunnel. Options: those of `Linx.Netlink.Generic.L2tp.Tunnel`, and `:timeout`.
  """
  @spec create_tunnel(Request.target(), pos_integer(), keyword()) :: done()
  def create_tunnel(target, conn_id, opts) do
    tunnel = {%Tunnel{proto_version: 3, encap_type: :udp}, conn_id: conn_id}
    Verb.set(target, {__MODULE__, :tunnel_create}, tunnel, opts, @conn_id ++ Tunnel.__options__())
  end

  @doc "Deletes a tunnel with its sessions. Option: `:timeout`."
  @spec delete_tunnel(Request.target(), pos_integer(), keyword()) :: done()
  def delete_tunnel(target, conn_id, opts \\ []),
    do:
      Verb.set(
        target,
        {__MODULE__, :tunnel_delete},
        {%Tunnel{}, conn_id: conn_id},
        opts,
        @conn_id
      )

  @doc "Lists the sessions of the socket's namespace. Options: `:timeout`, `:dump_retries`."
  @spec sessions(Request.target(), keyword()) :: {:ok, [Session.t()]} | {:error, error()}
  def sessions(target, opts \\ []),
    do: Verb.list(target, {__MODULE__, :session_get}, %Session{}, opts)

  @doc "Gets a session of a tunnel. Option: `:timeout`."
  @spec session(Request.target(), pos_integer(), pos_integer(), keyword()) ::
          {:ok, Session.t() | Batch.Read.t()} | {:error, error()}
  def session(target, conn_id, session_id, opts \\ []),
    do: Verb.get(target, {__MODULE__, :session_get}, ids(conn_id, session_id), opts, @ids)

  @doc """
  Creates a session in a tunnel, and its link. Options: those of
  `Linx.Netlink.Generic.L2tp.Session`, and `:timeout`.
  """
  @spec create_session(Request.target(), pos_integer(), pos_integer(), keyword()) :: done()
  def create_session(target, conn_id, session_id, opts) do
    body = {%Session{pw_type: :eth}, conn_id: conn_id, session_id: session_id}
    Verb.set(target, {__MODULE__, :session_create}, body, opts, @ids ++ Session.__options__())
  end

  @doc """
  Changes a session. Options: `:recv_seq`, `:send_seq`, `:lns_mode`, `:recv_timeout`, `:timeout`.
  """
  @spec modify_session(Request.target(), pos_integer(), pos_integer(), keyword()) :: done()
  def modify_session(target, conn_id, session_id, opts) do
    table = @ids ++ Keyword.take(Session.__options__(), @session_modify)
    Verb.set(target, {__MODULE__, :session_modify}, ids(conn_id, session_id), opts, table)
  end

  @doc "Deletes a session and its link. Option: `:timeout`."
  @spec delete_session(Request.target(), pos_integer(), pos_integer(), keyword()) :: done()
  def delete_session(target, conn_id, session_id, opts \\ []),
    do: Verb.set(target, {__MODULE__, :session_delete}, ids(conn_id, session_id), opts, @ids)

  defp ids(conn_id, session_id), do: {%Session{}, conn_id: conn_id, session_id: session_id}
end

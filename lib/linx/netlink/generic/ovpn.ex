defmodule Linx.Netlink.Generic.Ovpn do
  @moduledoc """
  OpenVPN data channel: peers and keys of the links of kind `"ovpn"`; from Linux 6.16.

  Kernel side: `OVPN_CMD_*` and `OVPN_A_*` of `include/uapi/linux/ovpn.h`.

      alias Linx.Netlink.{Generic, Rtnl}
      alias Linx.Netlink.Generic.Ovpn

      {:ok, rtnl} = Rtnl.open()
      :ok = Rtnl.Link.create(rtnl, "tun0", :ovpn)
      {:ok, udp} = :socket.open(:inet, :dgram, :udp)
      :ok = :socket.bind(udp, %{family: :inet, addr: :any, port: 1194})
      {:ok, fd} = :socket.getopt(udp, {:otp, :fd})

      {:ok, sock} = Generic.open()
      :ok = Ovpn.add_peer(sock, "tun0", 5, socket: fd, remote: {"192.0.2.2", 1194}, vpn_ipv4: "10.8.0.2")

      :ok =
        Ovpn.add_key(sock, "tun0", 5,
          slot: :primary,
          key_id: 0,
          cipher_alg: :aes_gcm,
          encrypt_key: key,
          encrypt_nonce: nonce,
          decrypt_key: other_key,
          decrypt_nonce: other_nonce
        )

  A program that has negotiated keys with a peer, by OpenVPN's control channel, gives the kernel its
  socket, the peer and the keys; the kernel then encrypts and decrypts the packets of the link. A peer has
  two keys, in the slots `:primary`, which encrypts, and `:secondary`; both decrypt.

  The socket is given by the number of its descriptor in the operating system process that calls. A link
  in the mode `:p2p` has one peer.

  All functions need `CAP_NET_ADMIN` in the user namespace of the socket's namespace.
  `Linx.Netlink.Generic.Ovpn.Monitor` receives notifications.

  ## Keys

  Keys and nonces are binaries. The kernel never returns them. `inspect/2` of the structs of this family
  does not show them, and an error about one has `:redacted` in place of the value.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:enodev` for an unknown link, `:eopnotsupp` for one
      of another kind, `:enoent` for an unknown peer or key, `:eexist` for a peer that exists;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Generic.Family, name: "ovpn", version: 1, groups: ["peers"]

  alias Linx.Netlink.{Batch, Generic, Message, Options, Request}
  alias Linx.Netlink.Generic.{Header, Verb}
  alias Linx.Netlink.Rtnl.Link
  alias __MODULE__.{Keyconf, Peer}

  command :peer_new, 1, __MODULE__
  command :peer_set, 2, __MODULE__
  command :peer_get, 3, __MODULE__, dump: true
  command :peer_del, 4, __MODULE__
  command :key_new, 6, __MODULE__
  command :key_get, 7, __MODULE__
  command :key_swap, 8, __MODULE__
  command :key_del, 10, __MODULE__

  event :peer_del_ntf, 5, __MODULE__
  event :key_swap_ntf, 9, __MODULE__
  event :peer_float_ntf, 11, __MODULE__

  codec prefix: "OVPN_A_" do
    header Header
    attr 1, :ifindex, :u32, "index of the link"
    attr 2, :peer, {:nested, Peer}, "a peer"
    attr 3, :keyconf, {:nested, Keyconf}, "a key"
  end

  @link [link: {:link, "", field: [:ifindex]}]
  @peer @link ++ [id: {0..0xFFFFFF, "", field: [{:peer, Peer}, :id]}]
  @key @link ++ [id: {0..0xFFFFFF, "", field: [{:keyconf, Keyconf}, :peer_id]}]
  @slot [slot: {{:enum, Keyconf.slots()}, "", field: [{:keyconf, Keyconf}, :slot]}]

  @type error :: Generic.error() | Options.reason()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc "Lists the peers of a link. Options: `:timeout`, `:dump_retries`."
  @spec peers(Request.target(), Link.ref(), keyword()) :: {:ok, [Peer.t()]} | {:error, error()}
  def peers(target, link, opts \\ []) do
    with {:ok, replies} <-
           Verb.list(target, {__MODULE__, :peer_get}, {%__MODULE__{}, link: link}, opts, @link),
         do: {:ok, Enum.map(replies, & &1.peer)}
  end

  @doc "Gets a peer of a link by its number. Option: `:timeout`."
  @spec peer(Request.target(), Link.ref(), 0..0xFFFFFF, keyword()) ::
          {:ok, Peer.t() | Batch.Read.t()} | {:error, error()}
  def peer(target, link, id, opts \\ []) do
    target
    |> Verb.get({__MODULE__, :peer_get}, {%__MODULE__{}, link: link, id: id}, opts, @peer)
    |> Batch.finish(&with {:ok, reply} <- &1, do: {:ok, reply.peer})
  end

  @doc """
  Adds a peer. Options: those of `Linx.Netlink.Generic.Ovpn.Peer`, of which `:socket` is required, and
  `:timeout`. A UDP socket needs `:remote`.
  """
  @spec add_peer(Request.target(), Link.ref(), 0..0xFFFFFF, keyword()) :: done()
  def add_peer(target, link, id, opts),
    do: change(target, :peer_new, link, id, opts, @peer ++ Peer.__options__())

  @doc """
  Changes a peer. Options: those of `Linx.Netlink.Generic.Ovpn.Peer` but `:socket`, and `:timeout`.
  """
  @spec set_peer(Request.target(), Link.ref(), 0..0xFFFFFF, keyword()) :: done()
  def set_peer(target, link, id, opts) do
    table = @peer ++ Keyword.delete(Peer.__options__(), :socket)
    change(target, :peer_set, link, id, opts, table)
  end

  @doc "Deletes a peer with its keys. Option: `:timeout`."
  @spec delete_peer(Request.target(), Link.ref(), 0..0xFFFFFF, keyword()) :: done()
  def delete_peer(target, link, id, opts \\ []),
    do: change(target, :peer_del, link, id, opts, @peer)

  @doc """
  Adds a key to a peer, in place of that in the slot. Options: those of
  `Linx.Netlink.Generic.Ovpn.Keyconf`, all required, and `:timeout`.
  """
  @spec add_key(Request.target(), Link.ref(), 0..0xFFFFFF, keyword()) :: done()
  def add_key(target, link, id, opts),
    do: change(target, :key_new, link, id, opts, @key ++ Keyconf.__options__())

  @doc """
  Gets cipher and number of the key of a peer in a slot, `:primary` or `:secondary`. Option: `:timeout`.
  """
  @spec key(Request.target(), Link.ref(), 0..0xFFFFFF, :primary | :secondary, keyword()) ::
          {:ok, Keyconf.t() | Batch.Read.t()} | {:error, error()}
  def key(target, link, id, slot, opts \\ []) do
    query = {%__MODULE__{}, link: link, id: id, slot: slot}

    target
    |> Verb.get({__MODULE__, :key_get}, query, opts, @key ++ @slot)
    |> Batch.finish(&with {:ok, reply} <- &1, do: {:ok, reply.keyconf})
  end

  @doc "Exchanges the keys in the two slots of a peer. Option: `:timeout`."
  @spec swap_keys(Request.target(), Link.ref(), 0..0xFFFFFF, keyword()) :: done()
  def swap_keys(target, link, id, opts \\ []),
    do: change(target, :key_swap, link, id, opts, @key)

  @doc "Deletes the key of a peer in a slot. Option: `:timeout`."
  @spec delete_key(Request.target(), Link.ref(), 0..0xFFFFFF, :primary | :secondary, keyword()) ::
          done()
  def delete_key(target, link, id, slot, opts \\ []) do
    body = {%__MODULE__{}, link: link, id: id, slot: slot}
    Verb.set(target, {__MODULE__, :key_del}, body, opts, @key ++ @slot)
  end

  defp change(target, command, link, id, opts, table),
    do: Verb.set(target, {__MODULE__, command}, {%__MODULE__{}, link: link, id: id}, opts, table)
end

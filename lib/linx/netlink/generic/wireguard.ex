defmodule Linx.Netlink.Generic.WireGuard do
  @moduledoc """
  WireGuard links: keys, port, peers.

  Kernel side: `include/uapi/linux/wireguard.h`.

      alias Linx.Netlink.Generic
      alias Linx.Netlink.Generic.WireGuard
      alias Linx.Netlink.Generic.WireGuard.Key

      {:ok, sock} = Generic.open()
      private = Key.generate()

      :ok =
        WireGuard.set(sock, "wg0",
          private_key: private,
          listen_port: 51820,
          peers: [
            [public_key: "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=", allowed_ips: ["10.0.0.2"]]
          ]
        )

      {:ok, %WireGuard{peers: [peer]}} = WireGuard.get(sock, "wg0")

  `Linx.Netlink.Rtnl.Link.create/4` creates a link of the kind `:wireguard`, and other functions of
  `Linx.Netlink.Rtnl` give it addresses and set it up: see the guide "WireGuard".

  All functions need `CAP_NET_ADMIN` in the user namespace of the socket's network namespace. The kernel
  does not notify changes of peers.

  `inspect/2` does not show private and preshared keys, in whichever struct they are. Errors do not
  contain the value of a key that was refused, but `:redacted`. The bytes of a request, such as the
  payload of a `Linx.Netlink.Message` in a batch, contain the keys; `inspect/2` does not show them.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:enodev` for an unknown link, `:eopnotsupp` for a
      link of another kind, `:eperm` without the privilege;
    * `{:unknown_family, "wireguard"}` - the kernel has no WireGuard;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, :public_key}`,
      `{:bad_subnet, text}`, before anything is sent;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Generic.Family, name: "wireguard", version: 1
  use Linx.Netlink.Options

  alias Linx.Netlink.{Batch, Error, Generic, Message, Options, Request}
  alias Linx.Netlink.Generic.LinkIndex
  alias __MODULE__.{Key, Peer, Settings}
  alias __MODULE__.Request.Parts

  # NETLINK_GENERIC of include/uapi/linux/netlink.h.
  @netlink_generic 16

  command :get_device, 0, __MODULE__, dump: true
  command :set_device, 1, __MODULE__.Request

  codec prefix: "WGDEVICE_A_" do
    header Generic.Header
    include Settings
    attr 2, :ifname, :string, "name of the link"
    attr 4, :public_key, Key.Public, "public key of the private key", as: Key
    attr 8, :peers, {:array, {:nested, Peer}}, "peers"
  end

  options(
    private_key: {
      {:secret,
       {:check, &Key.cast_secret/1,
        "`Linx.Netlink.Generic.WireGuard.Key` or Base64, `nil` removes it"}},
      "private key; a peer with its public key is removed"
    },
    listen_port:
      {0..0xFFFF, "UDP port; 0 for one that the kernel chooses when the link is set up"},
    fwmark: {0..0xFFFFFFFF, "mark of encrypted packets, for policy rules; 0 for none"},
    replace_peers: {:boolean, "remove all other peers"},
    peers: {
      {:secret,
       {:list,
        {:check, &Peer.cast/1,
         "keyword lists with the options of `Linx.Netlink.Generic.WireGuard.Peer`"}}},
      "peers to be added or changed"
    }
  )

  @type link :: String.t() | pos_integer()

  @type error ::
          Generic.error()
          | {:bad_option, atom(), term()}
          | {:missing_option, atom()}
          | {:bad_subnet, term()}
          | :too_large

  @doc """
  Gets a WireGuard link with its peers, by any of its names or its index.

  A link that changes while it is read is read again. Options: `:timeout` and `:dump_retries` of
  `Linx.Netlink.Request`.
  """
  @spec get(Request.target(), link(), [Request.option()]) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(target, link, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_generic, []),
         {:ok, index} <- LinkIndex.fetch(target, link, request),
         do: Request.read(target, request, &read(&1, index, &2))
  end

  defp read(target, index, opts) do
    case Generic.dump(target, __MODULE__, :get_device, %__MODULE__{ifindex: index}, opts) do
      {:ok, [first | _] = parts} ->
        {:ok, %{first | peers: parts |> Enum.map(& &1.peers) |> Peer.join()}}

      {:ok, []} ->
        {:error, :no_reply}

      {:error, reason} ->
        {:error, reason}
    end
  end

  @doc """
  Lists the WireGuard links of the socket's namespace with their peers, by index.

  A socket of generic netlink lists links of all kinds, by ethtool. Each of them is asked for, which
  takes a request for each link of the namespace, and needs a kernel with ethtool's netlink interface
  (`CONFIG_ETHTOOL_NETLINK`, the default). Options are those of `get/3`.
  """
  @spec list(Request.target(), [Request.option()]) :: {:ok, [t()]} | {:error, error()}
  def list(target, opts \\ []) do
    target = Batch.target(target)

    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_generic, []),
         {:ok, indices} <- LinkIndex.all(target, request),
         do: each(Enum.sort(indices), &read(target, &1, request), [])
  end

  # A link may have been deleted since.
  defp each([index | rest], read, done) do
    case read.(index) do
      {:ok, device} ->
        each(rest, read, [device | done])

      {:error, %Error{errno: errno}} when errno in [:eopnotsupp, :enodev] ->
        each(rest, read, done)

      {:error, reason} ->
        {:error, reason}
    end
  end

  defp each([], _read, done), do: {:ok, Enum.reverse(done)}

  @doc """
  Changes a WireGuard link.

      :ok = WireGuard.set(sock, "wg0", private_key: Key.generate(), listen_port: 51820)
      :ok = WireGuard.set(sock, "wg0", peers: [[public_key: key, remove: true]])

  What is not given stays as it is: peers that are not in `:peers` with all of their settings, unless
  `replace_peers: true` removes them. Also takes `:timeout`. The kernel ignores a peer with the public
  key of the link itself.

  What does not fit one message is sent in several, one after the other: the settings of the link and
  `:replace_peers` in the first one, then the other peers, and the other subnets of a peer. Then the
  change is not atomic: between two messages other programs see a part of it, and after an error the
  messages before the refused one have been carried out. A batch takes only what fits one message, with
  about 64 KiB of peers; all else is `{:error, :too_large}`.
  """
  @spec set(Request.target(), link(), keyword()) :: :ok | {:ok, Message.t()} | {:error, error()}
  def set(target, link, opts) do
    with {:ok, request, options} <- checked(opts),
         {:ok, index} <- LinkIndex.fetch(target, link, request),
         {:ok, body} <- __MODULE__.Request.new(index, options, target, request),
         do: write(target, body, request)
  end

  # A term that is no list of options may hold a key.
  defp checked(opts) do
    case Options.read(opts, :set, @netlink_generic, __options__()) do
      {:error, {:unknown_option, key}} when not is_atom(key) ->
        {:error, {:unknown_option, :redacted}}

      result ->
        result
    end
  end

  defp write(%Batch{} = batch, body, request) do
    with {:ok, body} <- Parts.single(body), do: send_part(batch, {body, 0, 0}, request)
  end

  defp write(target, body, request),
    do: body |> Parts.split() |> Enum.reduce_while(:ok, &next(send_part(target, &1, request), &2))

  defp next(:ok, _done), do: {:cont, :ok}
  defp next(error, _done), do: {:halt, error}

  defp send_part(target, {body, _at, _ip} = part, request) do
    case Generic.run(target, __MODULE__, :set_device, body, request) do
      {:error, %Error{} = error} -> {:error, Parts.locate(error, part)}
      result -> result
    end
  end
end

defmodule Linx.Netlink.Generic.Macsec do
  @moduledoc """
  MACsec: secure channels and secure associations of the links of kind `"macsec"`, with their keys.

  Kernel side: `MACSEC_CMD_*` and `MACSEC_ATTR_*` of `include/uapi/linux/if_macsec.h`; IEEE 802.1AE.

      alias Linx.Netlink.{Generic, Rtnl}
      alias Linx.Netlink.Generic.Macsec

      {:ok, rtnl} = Rtnl.open()
      :ok = Rtnl.Link.create(rtnl, "ms0", :macsec, parent: "eth0", encrypt: true)

      {:ok, sock} = Generic.open()
      :ok = Macsec.add_tx_sa(sock, "ms0", 0, pn: 1, active: true, keyid: <<1::128>>, key: key)

      peer = {"02:00:00:00:00:07", 1}
      :ok = Macsec.add_rx_sc(sock, "ms0", peer, active: true)
      :ok = Macsec.add_rx_sa(sock, "ms0", peer, 0, pn: 1, active: true, keyid: <<2::128>>, key: other)

      {:ok, macsec} = Macsec.get(sock, "ms0")
      macsec.secy.cipher_suite
      #=> :default

  A link sends in one secure channel, which has up to four secure associations, numbered 0 to 3
  (`an`); `secy.encoding_sa` is the one in use. It receives in one channel for each peer. A channel
  is identified by its SCI: the MAC address of the sender and a port.

  Properties of the link itself, such as the cipher, are those of its kind, see
  `Linx.Netlink.Rtnl.LinkInfo.Macsec`.

  Listing needs no privilege, all others `CAP_NET_ADMIN` in the user namespace of the socket's
  namespace. The kernel does not send notifications of this family.

  ## Keys

  Keys and salts are binaries. The kernel never returns them. `inspect/2` of the structs of this
  family does not show them, and an error about one has `:redacted` in place of the value.

  ## Arguments

    * `link` - name or index of the link;
    * `sci` - identifier of a secure channel of a peer: `{mac, port}` or a number of 64 bits, as `sci`
      fields have it; `Linx.Netlink.Rtnl.LinkInfo.Macsec.sci/1` describes the number;
    * `an` - number of a secure association, 0 to 3.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:enodev` for a link that is absent or of another
      kind, or for a channel or an association that does not exist; `:ebusy` for one that exists, and
      for the deletion of an active association; `:einval` for a key of the wrong length;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options
  use Linx.Netlink.Generic.Family, name: "macsec", version: 1

  alias Linx.Netlink.{Batch, Error, Generic, Message, Options, Request}
  alias Linx.Netlink.Generic.{Header, Verb}
  alias __MODULE__.{Offload, RxSc, Sa, SaConfig, Sci, Secy, SecyStats, TxScStats}

  command :get_txsc, 0, __MODULE__, dump: true
  command :add_rxsc, 1, __MODULE__
  command :del_rxsc, 2, __MODULE__
  command :upd_rxsc, 3, __MODULE__
  command :add_txsa, 4, __MODULE__
  command :del_txsa, 5, __MODULE__
  command :upd_txsa, 6, __MODULE__
  command :add_rxsa, 7, __MODULE__
  command :del_rxsa, 8, __MODULE__
  command :upd_rxsa, 9, __MODULE__
  command :upd_offload, 10, __MODULE__

  codec prefix: "MACSEC_ATTR_" do
    header Header
    attr 1, :ifindex, :u32, "index of the link"
    attr 2, :rxsc_config, {:nested, RxSc}, "channel of a peer, request only"
    attr 3, :sa_config, {:nested, SaConfig}, "association, request only"
    attr 4, :secy, {:nested, Secy}, "properties of the link"
    attr 5, :txsa_list, {:array, {:nested, Sa}}, "associations for sending"
    attr 6, :rxsc_list, {:array, {:nested, RxSc}}, "channels of peers"
    attr 7, :txsc_stats, {:nested, TxScStats}, "counters of sent frames"
    attr 8, :secy_stats, {:nested, SecyStats}, "counters of the link"
    attr 9, :offload, {:nested, Offload}, "offload to the PHY or MAC"
  end

  # Association in a request.
  @sa_config {:sa_config, SaConfig}

  options(
    active:
      {:boolean, "whether it is in use; if not given, a channel is, an association is not",
       field: [@sa_config, :active]},
    pn:
      {{:check, &SaConfig.pn/1, "1 to 4294967295"},
       "next packet number, or the lowest acceptable one", field: [@sa_config, :pn]},
    xpn:
      {{:check, &SaConfig.xpn/1, "1 to 18446744073709551615"},
       "the same for the ciphers `gcm_aes_xpn_*`", field: [@sa_config, :pn]},
    keyid: {{:binary, 16}, "identifier of the key", field: [@sa_config, :keyid]},
    key:
      {{:secret, {:check, &SaConfig.key/1, "binary of 16 or 32 bytes"}},
       "key, as long as that of the cipher", field: [@sa_config, :key]},
    ssci:
      {0..0xFFFFFFFF, "short identifier of the channel, for the ciphers `gcm_aes_xpn_*`",
       field: [@sa_config, :ssci]},
    salt:
      {{:secret, {:binary, 12}}, "salt, for the ciphers `gcm_aes_xpn_*`",
       field: [@sa_config, :salt]}
  )

  # Options of an association that exists.
  @sa_set [:active, :pn, :xpn]

  @link [link: {:link, "", field: [:ifindex]}]
  @an [an: {0..3, "", field: [@sa_config, :an]}]
  @sci [sci: {{:check, &Sci.cast/1, ""}, "", field: [{:rxsc_config, RxSc}, :sci]}]
  @rx_sc [active: {:boolean, "", field: [{:rxsc_config, RxSc}, :active]}]
  @offload [
    offload:
      {{:choice, for({name, _} <- Offload.types(), do: {name, name})}, "",
       field: [{:offload, Offload}, :type]}
  ]

  @type error :: Generic.error() | Options.reason()

  @typedoc "Identifier of a secure channel: the MAC address of the sender and a port, or a number."
  @type sci :: {Linx.MAC.input(), 1..0xFFFF} | non_neg_integer()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc """
  Lists the MACsec links of the socket's namespace.

  Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(target, opts \\ []),
    do: Verb.list(target, {__MODULE__, :get_txsc}, %__MODULE__{}, opts)

  @doc """
  Gets one MACsec link. The kernel can only list them; `:enodev` if the link is of another kind.

  Option: `:timeout`.
  """
  @spec get(Request.target(), Linx.Netlink.Rtnl.Link.ref(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(target, link, opts \\ []) do
    with {:ok, request, query} <-
           Verb.body(target, :get, {%__MODULE__{}, link: link}, {opts, @link}) do
      Request.read(target, request, fn target, request ->
        with {:ok, links} <- Generic.dump(target, __MODULE__, :get_txsc, nil, request),
             do: find(links, query.ifindex)
      end)
    end
  end

  defp find(links, index) do
    case Enum.find(links, &(&1.ifindex == index)) do
      nil -> {:error, Error.from_errno(19)}
      link -> {:ok, link}
    end
  end

  @doc """
  Adds the channel of a peer. Options: `:active`, `:timeout`.
  """
  @spec add_rx_sc(Request.target(), Linx.Netlink.Rtnl.Link.ref(), sci(), keyword()) :: done()
  def add_rx_sc(target, link, sci, opts \\ []),
    do: rx_sc(target, :add_rxsc, link, sci, opts, @rx_sc)

  @doc """
  Changes the channel of a peer. Options: `:active`, `:timeout`.
  """
  @spec set_rx_sc(Request.target(), Linx.Netlink.Rtnl.Link.ref(), sci(), keyword()) :: done()
  def set_rx_sc(target, link, sci, opts), do: rx_sc(target, :upd_rxsc, link, sci, opts, @rx_sc)

  @doc """
  Deletes the channel of a peer with its associations. Option: `:timeout`.
  """
  @spec delete_rx_sc(Request.target(), Linx.Netlink.Rtnl.Link.ref(), sci(), keyword()) :: done()
  def delete_rx_sc(target, link, sci, opts \\ []),
    do: rx_sc(target, :del_rxsc, link, sci, opts, [])

  defp rx_sc(target, command, link, sci, opts, table),
    do: set(target, command, [link: link, sci: sci], opts, table)

  @doc """
  Adds an association for sending.

  `:pn` or `:xpn`, `:key` and `:keyid` are required, for the ciphers `gcm_aes_xpn_*` also `:ssci` and
  `:salt`: the kernel refuses the request with `:einval` otherwise. Further options: `:active`,
  `:timeout`.
  """
  @spec add_tx_sa(Request.target(), Linx.Netlink.Rtnl.Link.ref(), 0..3, keyword()) :: done()
  def add_tx_sa(target, link, an, opts),
    do: tx_sa(target, :add_txsa, link, an, opts, __options__())

  @doc """
  Changes an association for sending. Options: `:active`, `:pn`, `:xpn`, `:timeout`.
  """
  @spec set_tx_sa(Request.target(), Linx.Netlink.Rtnl.Link.ref(), 0..3, keyword()) :: done()
  def set_tx_sa(target, link, an, opts),
    do: tx_sa(target, :upd_txsa, link, an, opts, Keyword.take(__options__(), @sa_set))

  @doc """
  Deletes an association for sending, which must not be active. Option: `:timeout`.
  """
  @spec delete_tx_sa(Request.target(), Linx.Netlink.Rtnl.Link.ref(), 0..3, keyword()) :: done()
  def delete_tx_sa(target, link, an, opts \\ []), do: tx_sa(target, :del_txsa, link, an, opts, [])

  defp tx_sa(target, command, link, an, opts, table),
    do: set(target, command, [link: link, an: an], opts, table)

  @doc """
  Adds an association to the channel of a peer. Options as for `add_tx_sa/4`; the packet number may be
  left out, and is then 1.
  """
  @spec add_rx_sa(Request.target(), Linx.Netlink.Rtnl.Link.ref(), sci(), 0..3, keyword()) ::
          done()
  def add_rx_sa(target, link, sci, an, opts),
    do: rx_sa(target, :add_rxsa, link, {sci, an}, opts, __options__())

  @doc """
  Changes an association of the channel of a peer. Options: `:active`, `:pn`, `:xpn`, `:timeout`.
  """
  @spec set_rx_sa(Request.target(), Linx.Netlink.Rtnl.Link.ref(), sci(), 0..3, keyword()) ::
          done()
  def set_rx_sa(target, link, sci, an, opts),
    do: rx_sa(target, :upd_rxsa, link, {sci, an}, opts, Keyword.take(__options__(), @sa_set))

  @doc """
  Deletes an association of the channel of a peer, which must not be active. Option: `:timeout`.
  """
  @spec delete_rx_sa(Request.target(), Linx.Netlink.Rtnl.Link.ref(), sci(), 0..3, keyword()) ::
          done()
  def delete_rx_sa(target, link, sci, an, opts \\ []),
    do: rx_sa(target, :del_rxsa, link, {sci, an}, opts, [])

  defp rx_sa(target, command, link, {sci, an}, opts, table),
    do: set(target, command, [link: link, sci: sci, an: an], opts, table)

  @doc """
  Sets the offload of a link to `:off`, `:phy` or `:mac`. `:eopnotsupp` if the link below has none.
  Option: `:timeout`.
  """
  @spec set_offload(Request.target(), Linx.Netlink.Rtnl.Link.ref(), :off | :phy | :mac, keyword()) ::
          done()
  def set_offload(target, link, offload, opts \\ []),
    do: set(target, :upd_offload, [link: link, offload: offload], opts, [])

  defp set(target, command, arguments, opts, table) do
    table = Keyword.take(@link ++ @sci ++ @an ++ @offload, Keyword.keys(arguments)) ++ table
    Verb.set(target, {__MODULE__, command}, {%__MODULE__{}, arguments}, opts, table)
  end

  defimpl Inspect do
    alias Linx.Text

    def inspect(macsec, opts) do
      Text.show(macsec, opts, fn ->
        [
          Text.part("ifindex=", macsec.ifindex),
          macsec.secy && Text.part("cipher=", macsec.secy.cipher_suite),
          macsec.txsa_list && "tx_sas=#{length(macsec.txsa_list)}",
          macsec.rxsc_list && "rx_scs=#{length(macsec.rxsc_list)}"
        ]
      end)
    end
  end
end

defmodule Linx.Netlink.Generic.Netdev do
  @moduledoc """
  Devices as their drivers have them: XDP features, queues, NAPI instances, page pools.

  Kernel side: `NETDEV_CMD_*` of `include/uapi/linux/netdev.h`; from Linux 6.3, most of it from Linux 6.8.

      {:ok, sock} = Linx.Netlink.Generic.open()
      {:ok, dev} = Netdev.get(sock, "eth0")
      :redirect in dev.xdp_features

      {:ok, queues} = Netdev.queues(sock, link: "eth0")
      for queue <- queues, queue.type == :rx, do: {queue.id, queue.napi_id}
      #=> [{0, 8193}, {1, 8194}]

      :ok = Netdev.set_napi(sock, 8193, defer_hard_irqs: 100, gro_flush_timeout: 50_000)

  A device has queues and NAPI instances here if its driver reports them, and most do only while the link
  is up. Reading needs no privilege. `Linx.Netlink.Generic.Netdev.Monitor` receives notifications.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:enoent` if there is no such object, `:enodev` for an
      unknown link, `:eopnotsupp` for a command that the kernel does not have;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Generic.Family, name: "netdev", version: 1, groups: ["mgmt", "page-pool"]

  alias Linx.Netlink.{Batch, Message, Request}
  alias Linx.Netlink.Generic.Verb
  alias __MODULE__.{Dev, Napi, PagePool, PagePoolStats, Qstats, Queue, QueueId}

  command :dev_get, 1, Dev, dump: true
  command :page_pool_get, 5, PagePool, dump: true
  command :page_pool_stats_get, 9, PagePoolStats, dump: true
  command :queue_get, 10, Queue, dump: true
  command :napi_get, 11, Napi, dump: true
  command :qstats_get, 12, Qstats, dump: true
  command :napi_set, 14, Napi

  event :dev_add_ntf, 2, Dev
  event :dev_del_ntf, 3, Dev
  event :dev_change_ntf, 4, Dev
  event :page_pool_add_ntf, 6, PagePool
  event :page_pool_del_ntf, 7, PagePool
  event :page_pool_change_ntf, 8, PagePool

  @link [link: {:link, "", field: [:ifindex]}]
  @id [id: {1..0xFFFFFFFF, ""}]
  @pool [id: {1..0xFFFFFFFF, "", field: [{:info, PagePool}, :id]}]
  @queue @link ++ [type: {{:choice, QueueId.__types__()}, ""}, id: {0..0xFFFFFFFF, ""}]

  @type link :: String.t() | pos_integer()
  @type error :: Verb.error()

  @doc """
  Lists the devices of the socket's namespace. Takes `:timeout` and `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [Dev.t()]} | {:error, error()}
  def list(target, opts \\ []), do: Verb.list(target, {__MODULE__, :dev_get}, %Dev{}, opts)

  @doc """
  Gets the device of a link, by name or index; `:enodev` if there is none. Takes `:timeout`.
  """
  @spec get(Request.target(), link(), keyword()) ::
          {:ok, Dev.t() | Batch.Read.t()} | {:error, error()}
  def get(target, link, opts \\ []),
    do: Verb.get(target, {__MODULE__, :dev_get}, {%Dev{}, link: link}, opts, @link)

  @doc """
  Lists queues, with the option `:link` those of one link. Takes `:timeout` and `:dump_retries`.
  """
  @spec queues(Request.target(), keyword()) :: {:ok, [Queue.t()]} | {:error, error()}
  def queues(target, opts \\ []),
    do: Verb.list(target, {__MODULE__, :queue_get}, %Queue{}, opts, @link)

  @doc """
  Gets a queue of a link, by its type, `:rx` or `:tx`, and its number, from 0. Takes `:timeout`.
  """
  @spec queue(Request.target(), link(), :rx | :tx, non_neg_integer(), keyword()) ::
          {:ok, Queue.t() | Batch.Read.t()} | {:error, error()}
  def queue(target, link, type, id, opts \\ []) do
    arguments = [link: link, type: type, id: id]
    Verb.get(target, {__MODULE__, :queue_get}, {%Queue{}, arguments}, opts, @queue)
  end

  @doc """
  Lists NAPI instances, with the option `:link` those of one link. Takes `:timeout` and `:dump_retries`.
  """
  @spec napis(Request.target(), keyword()) :: {:ok, [Napi.t()]} | {:error, error()}
  def napis(target, opts \\ []),
    do: Verb.list(target, {__MODULE__, :napi_get}, %Napi{}, opts, @link)

  @doc """
  Gets the NAPI instance with an id. Takes `:timeout`.
  """
  @spec napi(Request.target(), pos_integer(), keyword()) ::
          {:ok, Napi.t() | Batch.Read.t()} | {:error, error()}
  def napi(target, id, opts \\ []),
    do: Verb.get(target, {__MODULE__, :napi_get}, {%Napi{}, id: id}, opts, @id)

  @doc """
  Changes the NAPI instance with an id, until its link is set down or its queues change.

  Takes the options of `Linx.Netlink.Generic.Netdev.Napi` and `:timeout`. From Linux 6.13; needs
  `CAP_NET_ADMIN` in the initial user namespace.
  """
  @spec set_napi(Request.target(), pos_integer(), keyword()) ::
          :ok | {:ok, Message.t()} | {:error, error()}
  def set_napi(target, id, opts) do
    table = @id ++ Napi.__options__()
    Verb.set(target, {__MODULE__, :napi_set}, {%Napi{}, id: id}, opts, table)
  end

  @doc """
  Lists the page pools of the links of the socket's namespace. Takes `:timeout` and `:dump_retries`.
  """
  @spec page_pools(Request.target(), keyword()) :: {:ok, [PagePool.t()]} | {:error, error()}
  def page_pools(target, opts \\ []),
    do: Verb.list(target, {__MODULE__, :page_pool_get}, %PagePool{}, opts)

  @doc """
  Gets the page pool with an id. Takes `:timeout`.
  """
  @spec page_pool(Request.target(), pos_integer(), keyword()) ::
          {:ok, PagePool.t() | Batch.Read.t()} | {:error, error()}
  def page_pool(target, id, opts \\ []),
    do: Verb.get(target, {__MODULE__, :page_pool_get}, {%PagePool{}, id: id}, opts, @id)

  @doc """
  Lists the counters of the page pools. Takes `:timeout` and `:dump_retries`.
  """
  @spec page_pool_stats(Request.target(), keyword()) ::
          {:ok, [PagePoolStats.t()]} | {:error, error()}
  def page_pool_stats(target, opts \\ []),
    do: Verb.list(target, {__MODULE__, :page_pool_stats_get}, %PagePoolStats{}, opts)

  @doc """
  Gets the counters of the page pool with an id. Takes `:timeout`.
  """
  @spec page_pool_stats_of(Request.target(), pos_integer(), keyword()) ::
          {:ok, PagePoolStats.t() | Batch.Read.t()} | {:error, error()}
  def page_pool_stats_of(target, id, opts \\ []) do
    command = {__MODULE__, :page_pool_stats_get}
    Verb.get(target, command, {%PagePoolStats{}, id: id}, opts, @pool)
  end

  @doc """
  Lists counters of devices, or of their queues: options are those of
  `Linx.Netlink.Generic.Netdev.Qstats`, `:timeout` and `:dump_retries`.

      {:ok, [%{rx_packets: _} | _]} = Netdev.qstats(sock, link: "eth0", scope: :queue)

  A link whose driver does not count so is not listed; `:eopnotsupp` for one that `:link` names.
  """
  @spec qstats(Request.target(), keyword()) :: {:ok, [Qstats.t()]} | {:error, error()}
  def qstats(target, opts \\ []),
    do: Verb.list(target, {__MODULE__, :qstats_get}, %Qstats{}, opts, Qstats.__options__())
end

defmodule Linx.Netlink.Generic.Devlink.Rate do
  @moduledoc """
  Transmit rate of a port of a device in the mode `:switchdev`, or of a group of ports.

  Kernel side: `DEVLINK_CMD_RATE_*` and `DEVLINK_ATTR_RATE_*` of `include/uapi/linux/devlink.h`.

      :ok = Rate.create(sock, "pci/0000:03:00.0", "group1", tx_max: 125_000_000)
      :ok = Rate.set(sock, "pci/0000:03:00.0/1", tx_share: 12_500_000, parent: "group1")

  A rate of the type `:leaf` is that of a port, given by the port. One of the type `:node` is that of a
  group, given by the device and a name.

  Reading needs no privilege, all others `CAP_NET_ADMIN`. Errors are those of
  `Linx.Netlink.Generic.Devlink`; an unknown group is refused with `:enodev`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.{Batch, Request}
  alias Linx.Netlink.Generic.{Devlink, Header, Verb}
  alias Linx.Netlink.Generic.Devlink.{Handle, RateTcBw}

  codec prefix: "DEVLINK_ATTR_RATE_" do
    header Header
    include Handle

    attr 3, :port_index, :u32, "index of the port of a leaf", c: "DEVLINK_ATTR_PORT_INDEX"

    attr 165, :type, {:enum, :u16, [leaf: 0, node: 1]}, "whether it is a port's or a group's",
      values: "DEVLINK_RATE_TYPE_"

    attr 166, :tx_share, :u64, "least rate, bytes in a second"
    attr 167, :tx_max, :u64, "largest rate, bytes in a second"
    attr 168, :node_name, :string, "name of a group"
    attr 169, :parent_node_name, :string, "name of the group that it is a member of"
    attr 177, :tx_priority, :u32, "priority among the members of a group"
    attr 178, :tx_weight, :u32, "weight among the members of a group with the same priority"
    attr 180, :tc_bws, {:repeated, {:nested, RateTcBw}}, "shares of traffic classes"
  end

  options(
    tx_share: {0..0xFFFFFFFFFFFFFFFF, "least rate, bytes in a second"},
    tx_max: {0..0xFFFFFFFFFFFFFFFF, "largest rate, bytes in a second, 0 for no limit"},
    tx_priority: {0..0xFFFFFFFF, "priority among the members of a group; from Linux 6.3"},
    tx_weight: {0..0xFFFFFFFF, "weight among the members of a group; from Linux 6.3"},
    parent: {{:string, 127}, "name of a group, `\"\"` for none", field: [:parent_node_name]}
  )

  @node [node: {{:string, 127}, "", field: [:node_name]}]

  @doc """
  Lists rates: of all devices, or of the device of the option `:device`. Further options: `:timeout`,
  `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, Devlink.error()}
  def list(target, opts \\ []), do: Handle.list(target, :rate_get, %__MODULE__{}, opts)

  @doc """
  Gets the rate of a port. Option: `:timeout`.
  """
  @spec get(Request.target(), Handle.port_ref(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def get(target, port, opts \\ []),
    do: Verb.get(target, {Devlink, :rate_get}, {%__MODULE__{}, port: port}, opts, Handle.port())

  @doc """
  Gets the rate of a group. Option: `:timeout`.
  """
  @spec get_node(Request.target(), Handle.device(), String.t(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def get_node(target, device, name, opts \\ []) do
    query = {%__MODULE__{}, device: device, node: name}
    Verb.get(target, {Devlink, :rate_get}, query, opts, Handle.device() ++ @node)
  end

  @doc """
  Changes the rate of a port. Options: those of this module, and `:timeout`.
  """
  @spec set(Request.target(), Handle.port_ref(), keyword()) :: Devlink.done()
  def set(target, port, opts) do
    table = Handle.port() ++ __options__()
    Verb.set(target, {Devlink, :rate_set}, {%__MODULE__{}, port: port}, opts, table)
  end

  @doc """
  Changes the rate of a group. Options: those of this module, and `:timeout`.
  """
  @spec set_node(Request.target(), Handle.device(), String.t(), keyword()) :: Devlink.done()
  def set_node(target, device, name, opts),
    do: node(target, :rate_set, device, name, opts, __options__())

  @doc """
  Creates a group. Options: those of this module, and `:timeout`.
  """
  @spec create(Request.target(), Handle.device(), String.t(), keyword()) :: Devlink.done()
  def create(target, device, name, opts \\ []),
    do: node(target, :rate_new, device, name, opts, __options__())

  @doc """
  Deletes a group without members. Option: `:timeout`.
  """
  @spec delete(Request.target(), Handle.device(), String.t(), keyword()) :: Devlink.done()
  def delete(target, device, name, opts \\ []),
    do: node(target, :rate_del, device, name, opts, [])

  defp node(target, command, device, name, opts, table) do
    body = {%__MODULE__{}, device: device, node: name}
    Verb.set(target, {Devlink, command}, body, opts, Handle.device() ++ @node ++ table)
  end
end

defmodule Linx.Netlink.Generic.Devlink.Port do
  @moduledoc """
  Port of a device: a physical one, or that of a PCI function.

  Kernel side: `DEVLINK_CMD_PORT_*` and `DEVLINK_ATTR_PORT_*` of `include/uapi/linux/devlink.h`.

      {:ok, [port | _]} = Port.list(sock, device: "pci/0000:03:00.0")
      port.netdev_name
      #=> "swp1"

      :ok = Port.split(sock, port, 4)
      :ok = Port.set(sock, "pci/0000:06:00.0/32768", hw_addr: "02:00:00:00:00:01", state: :active)

  Reading needs no privilege, all others `CAP_NET_ADMIN`. Errors are those of
  `Linx.Netlink.Generic.Devlink`; an argument that is no port is `{:bad_option, :port, value}`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.{Batch, Request}
  alias Linx.Netlink.Generic.{Devlink, Header, Verb}
  alias Linx.Netlink.Generic.Devlink.{Handle, PortFunction}

  @types [notset: 0, auto: 1, eth: 2, ib: 3]
  @flavours [
    physical: 0,
    cpu: 1,
    dsa: 2,
    pci_pf: 3,
    pci_vf: 4,
    virtual: 5,
    unused: 6,
    pci_sf: 7
  ]

  codec prefix: "DEVLINK_ATTR_PORT_" do
    header Header
    include Handle
    attr 3, :port_index, :u32, "index in the device", c: "DEVLINK_ATTR_PORT_INDEX"
    attr 4, :type, {:enum, :u16, @types}, "type in use", values: "DEVLINK_PORT_TYPE_"

    attr 5, :desired_type, {:enum, :u16, @types}, "type that was set",
      values: "DEVLINK_PORT_TYPE_"

    attr 6, :netdev_ifindex, :u32, "index of its link"
    attr 7, :netdev_name, :string, "name of its link"
    attr 8, :ibdev_name, :string, "name of its InfiniBand device"
    attr 9, :split_count, :u32, "number of ports to split into, request only"
    attr 10, :split_group, :u32, "number of the physical port that was split"

    attr 77, :flavour, {:enum, :u16, @flavours}, "what the port belongs to",
      values: "DEVLINK_PORT_FLAVOUR_"

    attr 78, :number, :u32, "number of the physical port"
    attr 79, :split_subport_number, :u32, "number within the port that was split"
    attr 127, :pci_pf_number, :u16, "number of the physical function"
    attr 128, :pci_vf_number, :u16, "number of the virtual function"
    attr 145, :function, {:nested, PortFunction}, "properties of the function"
    attr 147, :lanes, :u32, "number of lanes"
    attr 148, :splittable, {:bool, :u8}, "the port can be split"
    attr 149, :external, {:bool, :u8}, "the function is of another host"
    attr 150, :controller_number, :u32, "number of the controller"
    attr 164, :pci_sf_number, :u32, "number of the subfunction"
    attr 171, :linecard_index, :u32, "line card", c: "DEVLINK_ATTR_LINECARD_INDEX"
  end

  @function {:function, PortFunction}

  options(
    type: {{:enum, @types}, "type"},
    hw_addr: {:link_address, "address of the function", field: [@function, :hw_addr]},
    state:
      {{:enum, PortFunction.states()}, "state of the function",
       field: [@function, :state], values: "DEVLINK_PORT_FN_STATE_"},
    caps:
      {{:check, &PortFunction.cast/1,
        "keyword list of booleans: `:roce`, `:migratable`, `:ipsec_crypto`, `:ipsec_packet`"},
       "capabilities of the function", field: [@function, :caps]},
    max_io_eqs:
      {0..0xFFFFFFFF, "limit of event queues of the function", field: [@function, :max_io_eqs]},
    flavour: {{:enum, @flavours}, "what a port belongs to", required: true},
    pci_pf_number: {0..0xFFFF, "number of the physical function", required: true},
    pci_sf_number: {0..0xFFFFFFFF, "number of the subfunction"},
    controller_number: {0..0xFFFFFFFF, "number of the controller"},
    port_index: {0..0xFFFFFFFF, "index in the device"}
  )

  @set [:type, :hw_addr, :state, :caps, :max_io_eqs]
  @new [:flavour, :pci_pf_number, :pci_sf_number, :controller_number, :port_index]
  @count [count: {1..0xFFFFFFFF, "", field: [:split_count]}]

  @doc """
  Lists ports: of all devices, or of that of the option `:device`. Further options: `:timeout`,
  `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, Devlink.error()}
  def list(target, opts \\ []), do: Handle.list(target, :port_get, %__MODULE__{}, opts)

  @doc """
  Gets a port. Option: `:timeout`.
  """
  @spec get(Request.target(), Handle.port_ref(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def get(target, port, opts \\ []),
    do: Verb.get(target, {Devlink, :port_get}, {%__MODULE__{}, port: port}, opts, Handle.port())

  @doc """
  Changes a port or its function. Options: `:type`, `:hw_addr`, `:state`, `:caps`, `:max_io_eqs`,
  `:timeout`.
  """
  @spec set(Request.target(), Handle.port_ref(), keyword()) :: Devlink.done()
  def set(target, port, opts),
    do: change(target, :port_set, [port: port], opts, Keyword.take(__options__(), @set))

  @doc """
  Splits a port into `count` ports. Option: `:timeout`.
  """
  @spec split(Request.target(), Handle.port_ref(), pos_integer(), keyword()) :: Devlink.done()
  def split(target, port, count, opts \\ []),
    do: change(target, :port_split, [port: port, count: count], opts, @count)

  @doc """
  Undoes the split of a port, given by one of its parts. Option: `:timeout`.
  """
  @spec unsplit(Request.target(), Handle.port_ref(), keyword()) :: Devlink.done()
  def unsplit(target, port, opts \\ []), do: change(target, :port_unsplit, [port: port], opts, [])

  @doc """
  Creates the port of a subfunction, and returns it. Options: `:flavour` and `:pci_pf_number`, required;
  `:pci_sf_number`, `:controller_number`, `:port_index`, `:timeout`.
  """
  @spec create(Request.target(), Handle.device(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def create(target, device, opts) do
    table = Handle.device() ++ Keyword.take(__options__(), @new)
    Verb.get(target, {Devlink, :port_new}, {%__MODULE__{}, device: device}, opts, table)
  end

  @doc """
  Deletes the port of a subfunction. Option: `:timeout`.
  """
  @spec delete(Request.target(), Handle.port_ref(), keyword()) :: Devlink.done()
  def delete(target, port, opts \\ []), do: change(target, :port_del, [port: port], opts, [])

  defp change(target, command, arguments, opts, table),
    do:
      Verb.set(
        target,
        {Devlink, command},
        {%__MODULE__{}, arguments},
        opts,
        Handle.port() ++ table
      )
end

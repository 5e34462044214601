defmodule Linx.Netlink.Generic.Devlink do
  @moduledoc """
  devlink: devices whose properties belong to no single link, such as network cards and switches, with
  their ports, parameters, health, traps and resources.

  Kernel side: `DEVLINK_CMD_*` and `DEVLINK_ATTR_*` of `include/uapi/linux/devlink.h`.

      alias Linx.Netlink.Generic
      alias Linx.Netlink.Generic.Devlink

      {:ok, sock} = Generic.open()
      {:ok, devices} = Devlink.list(sock)
      Enum.map(devices, &{&1.bus_name, &1.dev_name})
      #=> [{"pci", "0000:01:00.0"}]

      {:ok, info} = Devlink.info(sock, "pci/0000:01:00.0")
      info.driver_name
      #=> "mlx5_core"

      {:ok, ports} = Devlink.Port.list(sock, device: "pci/0000:01:00.0")
      :ok = Devlink.Param.set(sock, "pci/0000:01:00.0", "enable_roce", cmode: :driverinit, value: false)
      {:ok, [:driver_reinit]} = Devlink.reload(sock, "pci/0000:01:00.0")

  A device is given as `devlink dev` prints it, or as a struct that was read, see
  `Linx.Netlink.Generic.Devlink.Handle`. A struct of this module is a device. Other objects have modules
  of their own:

  | module | objects |
  |---|---|
  | `Linx.Netlink.Generic.Devlink.Port` | ports: physical ones, and those of PCI functions |
  | `Linx.Netlink.Generic.Devlink.Param` | parameters |
  | `Linx.Netlink.Generic.Devlink.Health` | health reporters, diagnoses, dumps |
  | `Linx.Netlink.Generic.Devlink.Trap` | packet traps, which deliver dropped packets |
  | `Linx.Netlink.Generic.Devlink.TrapGroup` | groups of traps |
  | `Linx.Netlink.Generic.Devlink.TrapPolicer` | rate limits of groups |
  | `Linx.Netlink.Generic.Devlink.Resource` | sizes of tables of the hardware |
  | `Linx.Netlink.Generic.Devlink.Region` | memory of the device, and snapshots of it |
  | `Linx.Netlink.Generic.Devlink.Rate` | transmit rates of ports and groups of ports |

  `Linx.Netlink.Generic.Devlink.Monitor` receives notifications.

  Reading needs no privilege where nothing else is said, all others `CAP_NET_ADMIN` in the user
  namespace of the device's network namespace.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel or the driver: `:enodev` for an unknown device,
      `:eopnotsupp` if the driver lacks the function;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`; an argument that
      is no device is `{:bad_option, :device, value}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options
  use Linx.Netlink.Generic.Family, name: "devlink", version: 1, groups: ["config"]

  import Bitwise, only: [<<<: 2, &&&: 2]

  alias Linx.Netlink.{Batch, Generic, Message, Options, Request}
  alias Linx.Netlink.Generic.{Header, Verb}
  alias __MODULE__.{DevStats, Eswitch, Handle, Health, Info, Param, Port, Rate, Region, Resource}
  alias __MODULE__.{Trap, TrapGroup, TrapPolicer}

  command :get, 1, __MODULE__, dump: true
  command :port_get, 5, Port, dump: true
  command :port_set, 6, Port
  command :port_new, 7, Port
  command :port_del, 8, Port
  command :port_split, 9, Port
  command :port_unsplit, 10, Port
  command :eswitch_get, 29, Eswitch
  command :eswitch_set, 30, Eswitch
  command :resource_set, 35, Resource
  command :resource_dump, 36, Resource
  command :reload, 37, __MODULE__
  command :param_get, 38, Param, dump: true
  command :param_set, 39, Param
  command :region_get, 42, Region, dump: true
  command :region_new, 44, Region
  command :region_del, 45, Region
  command :region_read, 46, Region, dump: true
  command :info_get, 51, Info, dump: true
  command :health_reporter_get, 52, Health, dump: true
  command :health_reporter_set, 53, Health
  command :health_reporter_recover, 54, Health
  command :health_reporter_diagnose, 55, Health
  command :health_reporter_dump_get, 56, Health, dump: true
  command :health_reporter_dump_clear, 57, Health
  command :trap_get, 61, Trap, dump: true
  command :trap_set, 62, Trap
  command :trap_group_get, 65, TrapGroup, dump: true
  command :trap_group_set, 66, TrapGroup
  command :trap_policer_get, 69, TrapPolicer, dump: true
  command :trap_policer_set, 70, TrapPolicer
  command :health_reporter_test, 73, Health
  command :rate_get, 74, Rate, dump: true
  command :rate_set, 75, Rate
  command :rate_new, 76, Rate
  command :rate_del, 77, Rate

  event :new, 3, __MODULE__
  event :del, 4, __MODULE__
  event :port_new, 7, Port
  event :port_del, 8, Port
  event :param_new, 40, Param
  event :param_del, 41, Param
  event :region_new, 44, Region
  event :region_del, 45, Region
  event :health_reporter_recover, 54, Health
  event :trap_new, 63, Trap
  event :trap_del, 64, Trap
  event :trap_group_new, 67, TrapGroup
  event :trap_group_del, 68, TrapGroup
  event :trap_policer_new, 71, TrapPolicer
  event :trap_policer_del, 72, TrapPolicer
  event :rate_new, 76, Rate
  event :rate_del, 77, Rate

  # DEVLINK_RELOAD_ACTION_* and DEVLINK_RELOAD_LIMIT_*.
  @actions [driver_reinit: 1, fw_activate: 2]
  @limits [no_reset: 1]

  codec prefix: "DEVLINK_ATTR_" do
    header Header
    include Handle
    attr 136, :reload_failed, {:bool, :u8}, "the last reload failed, the device is not usable"
    attr 139, :netns_pid, :u32, "network namespace of a process, request only"
    attr 138, :netns_fd, :u32, "network namespace of a descriptor, request only"

    attr 153, :reload_action, {:enum, :u8, @actions}, "action of a reload, request only",
      values: "DEVLINK_RELOAD_ACTION_"

    attr 154,
         :reload_actions_performed,
         :bitfield32,
         "actions of a reload, a bit for each; `performed/1` has their names"

    attr 155, :reload_limits, :bitfield32, "limits of a reload, a bit for each, request only"
    attr 156, :dev_stats, {:nested, DevStats}, "counters of reloads"
    attr 175, :nested_devlink, {:nested, Handle}, "device of a function of this one"
  end

  options(
    action:
      {{:enum, @actions}, "what to do, `:driver_reinit` if not given", field: [:reload_action]},
    limit:
      {{:check, &__MODULE__.__limit__/1, "`:no_reset`"},
       "what must not happen: a reset, downtime, loss of configuration", field: [:reload_limits]},
    netns:
      {{:check, &__MODULE__.__netns__/1, "OS pid, or `{:fd, descriptor}`"},
       "network namespace to move the device to"}
  )

  @type error :: Generic.error() | Options.reason()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc false
  @spec __limit__(term()) :: {:ok, {non_neg_integer(), non_neg_integer()}} | :error
  def __limit__(limit) do
    case List.keyfind(@limits, limit, 0) do
      {_name, number} -> {:ok, {1 <<< number, 1 <<< number}}
      nil -> :error
    end
  end

  @doc false
  @spec __netns__(term()) :: {:ok, {:fields, keyword()}} | :error
  def __netns__(pid) when is_integer(pid) and pid in 1..0x7FFFFFFF,
    do: {:ok, {:fields, [netns_pid: pid]}}

  def __netns__({:fd, fd}) when is_integer(fd) and fd in 0..0x7FFFFFFF,
    do: {:ok, {:fields, [netns_fd: fd]}}

  def __netns__(_other), do: :error

  @doc """
  Lists the devices of the socket's namespace. Options: `:timeout`, `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(target, opts \\ []), do: Verb.list(target, {__MODULE__, :get}, %__MODULE__{}, opts)

  @doc """
  Gets a device. Option: `:timeout`.
  """
  @spec get(Request.target(), Handle.device(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(target, device, opts \\ []),
    do:
      Verb.get(target, {__MODULE__, :get}, {%__MODULE__{}, device: device}, opts, Handle.device())

  @doc """
  Gets driver, serial numbers and versions of a device. Option: `:timeout`.
  """
  @spec info(Request.target(), Handle.device(), keyword()) ::
          {:ok, Info.t() | Batch.Read.t()} | {:error, error()}
  def info(target, device, opts \\ []),
    do:
      Verb.get(target, {__MODULE__, :info_get}, {%Info{}, device: device}, opts, Handle.device())

  @doc """
  Gets the properties of the switch of a device with virtual functions. Option: `:timeout`.
  """
  @spec eswitch(Request.target(), Handle.device(), keyword()) ::
          {:ok, Eswitch.t() | Batch.Read.t()} | {:error, error()}
  def eswitch(target, device, opts \\ []) do
    query = {%Eswitch{}, device: device}
    Verb.get(target, {__MODULE__, :eswitch_get}, query, opts, Handle.device())
  end

  @doc """
  Changes the properties of the switch of a device. Options: those of
  `Linx.Netlink.Generic.Devlink.Eswitch`, and `:timeout`.

      :ok = Devlink.set_eswitch(sock, "pci/0000:01:00.0", mode: :switchdev)
  """
  @spec set_eswitch(Request.target(), Handle.device(), keyword()) :: done()
  def set_eswitch(target, device, opts) do
    table = Handle.device() ++ Eswitch.__options__()
    Verb.set(target, {__MODULE__, :eswitch_set}, {%Eswitch{}, device: device}, opts, table)
  end

  @doc """
  Reloads a device, which makes changes of its parameters and resources take effect. Its links disappear
  meanwhile. Options: `:action`, `:limit`, `:netns`, and `:timeout`: a reload may take seconds.

  Returns the actions that were carried out, which may be more than was requested.
  """
  @spec reload(Request.target(), Handle.device(), keyword()) ::
          {:ok, [atom() | non_neg_integer()] | Batch.Read.t()} | {:error, error()}
  def reload(target, device, opts \\ []) do
    body = {%__MODULE__{reload_action: :driver_reinit}, device: device}

    target
    |> Verb.get({__MODULE__, :reload}, body, opts, Handle.device() ++ __options__())
    |> Batch.finish(&with {:ok, device} <- &1, do: {:ok, performed(device)})
  end

  @doc """
  The names of the actions of a reload, of the bits of `reload_actions_performed`.

      iex> alias Linx.Netlink.Generic.Devlink
      iex> Devlink.performed(%Devlink{reload_actions_performed: {0b110, 0b110}})
      [:driver_reinit, :fw_activate]
  """
  @spec performed(t()) :: [atom()]
  def performed(%__MODULE__{reload_actions_performed: {bits, _selector}}),
    do: for({name, number} <- @actions, (bits &&& 1 <<< number) != 0, do: name)

  def performed(%__MODULE__{}), do: []
end

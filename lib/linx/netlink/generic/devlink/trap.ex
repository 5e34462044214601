defmodule Linx.Netlink.Generic.Devlink.Trap do
  @moduledoc """
  Packet trap of a device: the packets that the device drops, or cannot forward, for one reason. It can
  pass them to the kernel instead.

  Kernel side: `DEVLINK_CMD_TRAP_*` and `DEVLINK_ATTR_TRAP_*` of `include/uapi/linux/devlink.h`.

      {:ok, traps} = Trap.list(sock)
      :ok = Trap.set(sock, "pci/0000:03:00.0", "source_mac_is_multicast", action: :trap)

  Reading needs no privilege, changing `CAP_NET_ADMIN`. Errors are those of
  `Linx.Netlink.Generic.Devlink`; an unknown trap is refused with `:enoent`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.{Batch, Request}
  alias Linx.Netlink.Generic.{Devlink, Header, Verb}
  alias Linx.Netlink.Generic.Devlink.{Handle, TrapMetadata, TrapNames, TrapStats}

  codec prefix: "DEVLINK_ATTR_TRAP_" do
    header Header
    include Handle
    attr 130, :name, :string, "name"

    attr 131, :action, {:enum, :u8, TrapNames.actions()}, "what happens to the packets",
      values: "DEVLINK_TRAP_ACTION_"

    attr 132, :type, {:enum, :u8, TrapNames.types()}, "why the packets are trapped",
      values: "DEVLINK_TRAP_TYPE_"

    attr 133, :generic, :flag, "the meaning is the same for all drivers"
    attr 134, :metadata, {:nested, TrapMetadata}, "what is reported besides the packet"
    attr 135, :group_name, :string, "group"
    attr 129, :stats, {:nested, TrapStats}, "counters", c: "DEVLINK_ATTR_STATS"
  end

  options(
    action:
      {{:enum, TrapNames.actions()},
       "what happens to the packets; only that of a trap of type `:drop` can change"}
  )

  @key [name: {{:string, 127}, ""}]

  @doc """
  Lists traps: of all devices, or of that of the option `:device`. Further options: `:timeout`,
  `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, Devlink.error()}
  def list(target, opts \\ []), do: Handle.list(target, :trap_get, %__MODULE__{}, opts)

  @doc """
  Gets a trap by its name. Option: `:timeout`.
  """
  @spec get(Request.target(), Handle.device(), String.t(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def get(target, device, name, opts \\ []) do
    query = {%__MODULE__{}, device: device, name: name}
    Verb.get(target, {Devlink, :trap_get}, query, opts, Handle.device() ++ @key)
  end

  @doc """
  Changes a trap by its name. Options: those of this module, and `:timeout`.
  """
  @spec set(Request.target(), Handle.device(), String.t(), keyword()) :: Devlink.done()
  def set(target, device, name, opts) do
    body = {%__MODULE__{}, device: device, name: name}
    table = Handle.device() ++ @key ++ __options__()
    Verb.set(target, {Devlink, :trap_set}, body, opts, table)
  end
end

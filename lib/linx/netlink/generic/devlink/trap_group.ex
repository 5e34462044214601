defmodule Linx.Netlink.Generic.Devlink.TrapGroup do
  @moduledoc """
  Group of the packet traps of a device.

  Kernel side: `DEVLINK_CMD_TRAP_GROUP_*` and `DEVLINK_ATTR_TRAP_*` of `include/uapi/linux/devlink.h`.

      :ok = TrapGroup.set(sock, "pci/0000:03:00.0", "l3_drops", action: :trap, policer_id: 1)

  Reading needs no privilege, changing `CAP_NET_ADMIN`. Errors are those of
  `Linx.Netlink.Generic.Devlink`; an unknown group is refused with `:enoent`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.{Batch, Request}
  alias Linx.Netlink.Generic.{Devlink, Header, Verb}
  alias Linx.Netlink.Generic.Devlink.{Handle, TrapNames, TrapStats}

  codec prefix: "DEVLINK_ATTR_TRAP_" do
    header Header
    include Handle
    attr 135, :group_name, :string, "name"

    attr 131, :action, {:enum, :u8, TrapNames.actions()}, "action for all traps, request only",
      values: "DEVLINK_TRAP_ACTION_"

    attr 133, :generic, :flag, "the meaning is the same for all drivers"
    attr 142, :policer_id, :u32, "policer; `nil` for none"
    attr 129, :stats, {:nested, TrapStats}, "counters", c: "DEVLINK_ATTR_STATS"
  end

  options(
    action: {{:enum, TrapNames.actions()}, "action for all traps of the group"},
    policer_id: {0..0xFFFFFFFF, "policer, 0 for none"}
  )

  @key [name: {{:string, 127}, "", field: [:group_name]}]

  @doc """
  Lists groups: of all devices, or of that of the option `:device`. Further options: `:timeout`,
  `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, Devlink.error()}
  def list(target, opts \\ []), do: Handle.list(target, :trap_group_get, %__MODULE__{}, opts)

  @doc """
  Gets a group by its name. Option: `:timeout`.
  """
  @spec get(Request.target(), Handle.device(), String.t(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def get(target, device, name, opts \\ []) do
    query = {%__MODULE__{}, device: device, name: name}
    Verb.get(target, {Devlink, :trap_group_get}, query, opts, Handle.device() ++ @key)
  end

  @doc """
  Changes a group by its name. Options: those of this module, and `:timeout`.
  """
  @spec set(Request.target(), Handle.device(), String.t(), keyword()) :: Devlink.done()
  def set(target, device, name, opts) do
    body = {%__MODULE__{}, device: device, name: name}
    table = Handle.device() ++ @key ++ __options__()
    Verb.set(target, {Devlink, :trap_group_set}, body, opts, table)
  end
end

defmodule Linx.Netlink.Generic.Devlink.TrapPolicer do
  @moduledoc """
  Policer of the packet traps of a device: a limit of the rate of the packets that groups pass to the
  kernel.

  Kernel side: `DEVLINK_CMD_TRAP_POLICER_*` and `DEVLINK_ATTR_TRAP_*` of `include/uapi/linux/devlink.h`.

      :ok = TrapPolicer.set(sock, "pci/0000:03:00.0", 1, rate: 2000, burst: 256)

  Reading needs no privilege, changing `CAP_NET_ADMIN`. Errors are those of
  `Linx.Netlink.Generic.Devlink`; an unknown policer is refused with `:enoent`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.{Batch, Request}
  alias Linx.Netlink.Generic.{Devlink, Header, Verb}
  alias Linx.Netlink.Generic.Devlink.{Handle, TrapStats}

  codec prefix: "DEVLINK_ATTR_TRAP_" do
    header Header
    include Handle
    attr 142, :policer_id, :u32, "number"
    attr 143, :policer_rate, :u64, "packets in a second"
    attr 144, :policer_burst, :u64, "packets at once"
    attr 129, :stats, {:nested, TrapStats}, "counters", c: "DEVLINK_ATTR_STATS"
  end

  options(
    rate: {1..0xFFFFFFFFFFFFFFFF, "packets in a second", field: [:policer_rate]},
    burst: {1..0xFFFFFFFFFFFFFFFF, "packets at once", field: [:policer_burst]}
  )

  @key [id: {0..0xFFFFFFFF, "", field: [:policer_id]}]

  @doc """
  Lists policers: of all devices, or of that of the option `:device`. Further options: `:timeout`,
  `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, Devlink.error()}
  def list(target, opts \\ []), do: Handle.list(target, :trap_policer_get, %__MODULE__{}, opts)

  @doc """
  Gets a policer by its number. Option: `:timeout`.
  """
  @spec get(Request.target(), Handle.device(), non_neg_integer(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def get(target, device, id, opts \\ []) do
    query = {%__MODULE__{}, device: device, id: id}
    Verb.get(target, {Devlink, :trap_policer_get}, query, opts, Handle.device() ++ @key)
  end

  @doc """
  Changes a policer by its number. Options: those of this module, and `:timeout`.
  """
  @spec set(Request.target(), Handle.device(), non_neg_integer(), keyword()) :: Devlink.done()
  def set(target, device, id, opts) do
    body = {%__MODULE__{}, device: device, id: id}
    table = Handle.device() ++ @key ++ __options__()
    Verb.set(target, {Devlink, :trap_policer_set}, body, opts, table)
  end
end

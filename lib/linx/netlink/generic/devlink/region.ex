defmodule Linx.Netlink.Generic.Devlink.Region do
  @moduledoc """
  Region of the memory of a device or a port, and snapshots of it.

  Kernel side: `DEVLINK_CMD_REGION_*` and `DEVLINK_ATTR_REGION_*` of `include/uapi/linux/devlink.h`.

      {:ok, 0} = Region.snapshot(sock, "pci/0000:01:00.0", "fw-health")
      {:ok, bytes} = Region.read(sock, "pci/0000:01:00.0", "fw-health", snapshot_id: 0)
      :ok = Region.delete_snapshot(sock, "pci/0000:01:00.0", "fw-health", 0)

  A region is of a device or of a port; both are accepted as the second argument, see
  `Linx.Netlink.Generic.Devlink.Handle`.

  Reading needs no privilege but for `read/4`, which needs `CAP_NET_ADMIN`, as all others. Errors are
  those of `Linx.Netlink.Generic.Devlink`; an unknown region is refused with `:einval`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.{Batch, Message, Request}
  alias Linx.Netlink.Generic.{Devlink, Header, Verb}
  alias Linx.Netlink.Generic.Devlink.{Handle, RegionChunk, RegionSnapshot}

  codec prefix: "DEVLINK_ATTR_REGION_" do
    header Header
    include Handle

    attr 3, :port_index, :u32, "index of the port; `nil` for a region of the device",
      c: "DEVLINK_ATTR_PORT_INDEX"

    attr 88, :name, :string, "name"
    attr 89, :size, :u64, "bytes"

    attr 90, :snapshots, {:array, {:nested, RegionSnapshot}, 91}, "snapshots",
      element: "DEVLINK_ATTR_REGION_SNAPSHOT"

    attr 92, :snapshot_id, :u32, "number of a snapshot"

    attr 93, :chunks, {:array, {:nested, RegionChunk}, 94}, "contents",
      element: "DEVLINK_ATTR_REGION_CHUNK"

    attr 96, :chunk_addr, :u64, "start of what is read, request only"
    attr 97, :chunk_len, :u64, "length of what is read, request only"
    attr 170, :max_snapshots, :u32, "largest number of snapshots"
    attr 179, :direct, :flag, "read without a snapshot, request only"
  end

  options(
    snapshot_id: {0..0xFFFFFFFF, "number of a snapshot"},
    direct: {:flag, "read without a snapshot, if the driver can; from Linux 6.3"},
    address: {0..0xFFFFFFFFFFFFFFFF, "start of what is read, bytes", field: [:chunk_addr]},
    length: {1..0xFFFFFFFFFFFFFFFF, "length of what is read, bytes", field: [:chunk_len]}
  )

  @name [name: {{:string, 127}, ""}]
  @id [snapshot_id: {0..0xFFFFFFFF, ""}]

  @doc """
  Lists regions: of all devices, or of the device of the option `:device` and its ports. Further
  options: `:timeout`, `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, Devlink.error()}
  def list(target, opts \\ []), do: Handle.list(target, :region_get, %__MODULE__{}, opts)

  @doc """
  Gets a region. Option: `:timeout`.
  """
  @spec get(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def get(target, device, name, opts \\ []) do
    {query, table} = region(device, name)
    Verb.get(target, {Devlink, :region_get}, query, opts, table)
  end

  @doc """
  Takes a snapshot, and returns its number. Options: `:snapshot_id`, by default the kernel's choice, and
  `:timeout`.
  """
  @spec snapshot(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          {:ok, non_neg_integer() | Message.t()} | {:error, Devlink.error()}
  def snapshot(target, device, name, opts \\ []) do
    {body, table} = region(device, name)
    table = table ++ @id

    with {:ok, request, body} <- Verb.body(target, :set, body, {opts, table}) do
      request = Keyword.delete(request, :protocol)
      command = {Devlink, :region_new}

      # The kernel replies where it has chosen the number.
      if body.snapshot_id == nil do
        target
        |> Verb.get(command, body, request)
        |> Batch.finish(&with {:ok, region} <- &1, do: {:ok, region.snapshot_id})
      else
        with :ok <- Verb.set(target, command, body, request), do: {:ok, body.snapshot_id}
      end
    end
  end

  @doc """
  Deletes a snapshot. Option: `:timeout`.
  """
  @spec delete_snapshot(
          Request.target(),
          Handle.device() | Handle.port_ref(),
          String.t(),
          non_neg_integer(),
          keyword()
        ) :: Devlink.done()
  def delete_snapshot(target, device, name, id, opts \\ []) do
    {{region, arguments}, table} = region(device, name)
    body = {region, [snapshot_id: id] ++ arguments}
    Verb.set(target, {Devlink, :region_del}, body, opts, table ++ @id)
  end

  @doc """
  Reads a snapshot, or with `direct: true` the region itself. Options: `:snapshot_id`, `:direct`,
  `:address` and `:length` together, by default all; `:timeout`, `:dump_retries`.
  """
  @spec read(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          {:ok, binary()} | {:error, Devlink.error()}
  def read(target, device, name, opts) do
    {query, table} = region(device, name)

    with {:ok, parts} <-
           Verb.list(target, {Devlink, :region_read}, query, opts, table ++ __options__()) do
      chunks = for part <- parts, chunk <- part.chunks || [], do: chunk.data
      {:ok, IO.iodata_to_binary(chunks)}
    end
  end

  defp region(device, name),
    do: {{%__MODULE__{}, device: device, name: name}, Handle.any() ++ @name}
end

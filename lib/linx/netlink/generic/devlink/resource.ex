defmodule Linx.Netlink.Generic.Devlink.Resource do
  @moduledoc """
  Resources of a device: sizes of tables of the hardware, as trees.

  Kernel side: `DEVLINK_CMD_RESOURCE_*` and `DEVLINK_ATTR_RESOURCE_*` of
  `include/uapi/linux/devlink.h`.

      {:ok, resources} = Resource.list(sock, "pci/0000:03:00.0")
      kvd = Enum.find(resources, &(&1.name == "kvd"))
      :ok = Resource.set(sock, "pci/0000:03:00.0", kvd.id, size: 1024)

  A new size takes effect when the device is reloaded, see `Linx.Netlink.Generic.Devlink.reload/3`;
  until then it is `size_new`.

  Listing needs no privilege, changing `CAP_NET_ADMIN`. Errors are those of
  `Linx.Netlink.Generic.Devlink`; an unknown resource is refused with `:einval`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Request
  alias Linx.Netlink.Generic.{Devlink, Header, Verb}
  alias Linx.Netlink.Generic.Devlink.{Handle, ResourceEntry}

  codec prefix: "DEVLINK_ATTR_RESOURCE_" do
    header Header
    include Handle

    attr 63, :list, {:array, {:nested, ResourceEntry}, 64}, "resources",
      element: "DEVLINK_ATTR_RESOURCE"

    attr 66, :id, :u64, "number of a resource, request only"
    attr 67, :size, :u64, "size, request only"
  end

  options(size: {0..0xFFFFFFFFFFFFFFFF, "size, in the resource's unit", required: true})

  @id [id: {0..0xFFFFFFFFFFFFFFFF, ""}]

  @doc """
  Lists the resources of a device, each with those that are parts of it in `list`. Option: `:timeout`.
  """
  @spec list(Request.target(), Handle.device(), keyword()) ::
          {:ok, [ResourceEntry.t()]} | {:error, Devlink.error()}
  def list(target, device, opts \\ []) do
    query = {%__MODULE__{}, device: device}

    with {:ok, parts} <-
           Verb.get_all(target, {Devlink, :resource_dump}, query, opts, Handle.device()),
         do: {:ok, Enum.flat_map(parts, &(&1.list || []))}
  end

  @doc """
  Changes the size of a resource, given by its number. Options: `:size`, required, and `:timeout`.
  """
  @spec set(Request.target(), Handle.device(), non_neg_integer(), keyword()) :: Devlink.done()
  def set(target, device, id, opts) do
    body = {%__MODULE__{}, device: device, id: id}
    table = Handle.device() ++ @id ++ __options__()
    Verb.set(target, {Devlink, :resource_set}, body, opts, table)
  end
end

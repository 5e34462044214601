defmodule Linx.Netlink.Generic.Devlink.Handle do
  @moduledoc """
  Names of a device of devlink: its bus, and its name on the bus.

  Kernel side: `DEVLINK_ATTR_BUS_NAME` and others of `include/uapi/linux/devlink.h`.

  Functions take a device as `devlink` prints it, `"pci/0000:01:00.0"`, or any struct with its names,
  such as one that was listed; a port as `"pci/0000:01:00.0/1"` or a struct of one.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Devlink
  alias Linx.Netlink.Generic.Verb
  alias Linx.Netlink.Request

  codec prefix: "DEVLINK_ATTR_" do
    attr 1, :bus_name, :string, "bus, such as `pci`"
    attr 2, :dev_name, :string, "name on the bus"
    attr 184, :index, :uint, "number of the device; from Linux 7.1"
  end

  @typedoc "A device: its names with `/` between them, or a struct with them."
  @type device ::
          String.t()
          | %{:bus_name => String.t(), :dev_name => String.t(), optional(atom()) => term()}

  @typedoc "A port: its device and its index with `/` between them, or a struct with them."
  @type port_ref ::
          String.t()
          | %{
              :bus_name => String.t(),
              :dev_name => String.t(),
              :port_index => non_neg_integer(),
              optional(atom()) => term()
            }

  @doc false
  # The row of an argument that is a device.
  @spec device() :: keyword()
  def device, do: [device: {{:check, &names/1}, ""}]

  @doc false
  # The row of an argument that is a port.
  @spec port() :: keyword()
  def port, do: [port: {{:check, &port_names/1}, ""}]

  @doc false
  # The row of an argument that is either.
  @spec any() :: keyword()
  def any, do: [device: {{:check, &any_names/1}, ""}]

  @doc false
  # Lists the objects of a command: all, or those of the device of the option `:device`. Older kernels
  # ignore that.
  @spec list(Request.target(), atom(), struct(), keyword()) ::
          {:ok, [struct()]} | {:error, Devlink.error()}
  def list(target, command, query, opts) do
    with {:ok, request, query} <- Verb.body(target, :dump, query, {opts, device()}),
         {:ok, objects} <-
           Verb.list(target, {Devlink, command}, query, Keyword.delete(request, :protocol)),
         do: {:ok, if(query.bus_name, do: Enum.filter(objects, &same?(&1, query)), else: objects)}
  end

  defp same?(object, query),
    do: {object.bus_name, object.dev_name} == {query.bus_name, query.dev_name}

  defp names(text) when is_binary(text) do
    case String.split(text, "/", parts: 2) do
      [bus, dev] -> names(bus, dev)
      _other -> :error
    end
  end

  defp names(%{bus_name: bus, dev_name: dev}), do: names(bus, dev)
  defp names(_other), do: :error

  defp names(bus, dev) do
    if name?(bus) and name?(dev),
      do: {:ok, {:fields, [bus_name: bus, dev_name: dev]}},
      else: :error
  end

  defp name?(name),
    do: is_binary(name) and name != "" and :binary.match(name, [<<0>>, "/"]) == :nomatch

  defp port_names(text) when is_binary(text) do
    with [bus, dev, index] <- String.split(text, "/"),
         {index, ""} <- Integer.parse(index) do
      port_names(%{bus_name: bus, dev_name: dev, port_index: index})
    else
      _other -> :error
    end
  end

  defp port_names(%{port_index: index} = port)
       when is_integer(index) and index in 0..0xFFFFFFFF do
    with {:ok, {:fields, names}} <- names(port),
         do: {:ok, {:fields, [port_index: index] ++ names}}
  end

  defp port_names(_other), do: :error

  defp any_names(device), do: with(:error <- port_names(device), do: names(device))
end

defmodule Linx.Netlink.Generic.Devlink.Health do
  @moduledoc """
  Health reporter of a device or a port: errors that the driver has found, and its recovery of them.

  Kernel side: `DEVLINK_CMD_HEALTH_REPORTER_*` and `DEVLINK_ATTR_HEALTH_REPORTER_*` of
  `include/uapi/linux/devlink.h`.

      {:ok, reporters} = Health.list(sock, device: "pci/0000:01:00.0")
      Enum.map(reporters, &{&1.health_reporter.name, &1.health_reporter.state})
      #=> [{"fw", :healthy}, {"fw_fatal", :healthy}]

      {:ok, %{"syndrome" => 0}} = Health.diagnose(sock, "pci/0000:01:00.0", "fw")

  A reporter is of a device or of a port; both are accepted as the second argument, see
  `Linx.Netlink.Generic.Devlink.Handle`.

  Diagnoses and dumps are values that the driver composes: objects as maps with names as keys, lists,
  numbers, booleans, strings and binaries.

  Listing needs no privilege, all others `CAP_NET_ADMIN`. Errors are those of
  `Linx.Netlink.Generic.Devlink`; an unknown reporter is refused with `:einval`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.{Batch, Request}
  alias Linx.Netlink.Generic.{Devlink, Header, Verb}
  alias Linx.Netlink.Generic.Devlink.{Fmsg, Handle, HealthReporter}

  codec prefix: "DEVLINK_ATTR_" do
    header Header
    include Handle
    attr 3, :port_index, :u32, "index of the port; `nil` for a reporter of the device"
    attr 106, :fmsg, {:nested, Fmsg}, "part of a diagnosis or a dump"
    attr 114, :health_reporter, {:nested, HealthReporter}, "the reporter"
    group :request, HealthReporter
  end

  @request {:request, HealthReporter}

  options(
    graceful_period:
      {0..0xFFFFFFFFFFFFFFFF, "least time between two recoveries, milliseconds",
       field: [@request, :graceful_period]},
    auto_recover: {:boolean, "recover at once", field: [@request, :auto_recover]},
    auto_dump: {:boolean, "dump at once", field: [@request, :auto_dump]},
    burst_period:
      {0..0xFFFFFFFFFFFFFFFF,
       "time after the first recovery in which others are not delayed, milliseconds; from Linux 6.18",
       field: [@request, :burst_period]}
  )

  @name [name: {{:string, 127}, "", field: [@request, :name]}]

  @doc """
  Lists reporters: of all devices, or of the device of the option `:device` and its ports. Further
  options: `:timeout`, `:dump_retries`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, Devlink.error()}
  def list(target, opts \\ []), do: Handle.list(target, :health_reporter_get, %__MODULE__{}, opts)

  @doc """
  Gets a reporter. Option: `:timeout`.
  """
  @spec get(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Devlink.error()}
  def get(target, device, name, opts \\ []) do
    {query, table} = reporter(device, name)
    Verb.get(target, {Devlink, :health_reporter_get}, query, opts, table)
  end

  @doc """
  Changes a reporter. Options: `:graceful_period`, `:auto_recover`, `:auto_dump`, `:burst_period`,
  `:timeout`.
  """
  @spec set(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          Devlink.done()
  def set(target, device, name, opts),
    do: change(target, :health_reporter_set, device, name, opts, __options__())

  @doc """
  Recovers from an error that was reported. Option: `:timeout`.
  """
  @spec recover(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          Devlink.done()
  def recover(target, device, name, opts \\ []),
    do: change(target, :health_reporter_recover, device, name, opts, [])

  @doc """
  Reports an error of no meaning, as a test. Option: `:timeout`.
  """
  @spec test(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          Devlink.done()
  def test(target, device, name, opts \\ []),
    do: change(target, :health_reporter_test, device, name, opts, [])

  @doc """
  Deletes the dump of a reporter. Option: `:timeout`.
  """
  @spec clear_dump(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          Devlink.done()
  def clear_dump(target, device, name, opts \\ []),
    do: change(target, :health_reporter_dump_clear, device, name, opts, [])

  defp change(target, command, device, name, opts, table) do
    {body, rows} = reporter(device, name)
    Verb.set(target, {Devlink, command}, body, opts, rows ++ table)
  end

  @doc """
  The diagnosis of a reporter, made for this request. Option: `:timeout`. A batch makes it at once.
  """
  @spec diagnose(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          {:ok, term()} | {:error, Devlink.error()}
  def diagnose(target, device, name, opts \\ []) do
    {query, table} = reporter(device, name)

    target |> Verb.get_all({Devlink, :health_reporter_diagnose}, query, opts, table) |> value()
  end

  @doc """
  The dump of a reporter: that of the last error, or one that is made for this request and kept. Options:
  `:timeout`, `:dump_retries`.
  """
  @spec dump(Request.target(), Handle.device() | Handle.port_ref(), String.t(), keyword()) ::
          {:ok, term()} | {:error, Devlink.error()}
  def dump(target, device, name, opts \\ []) do
    {query, table} = reporter(device, name)
    target |> Verb.list({Devlink, :health_reporter_dump_get}, query, opts, table) |> value()
  end

  defp reporter(device, name),
    do: {{%__MODULE__{}, device: device, name: name}, Handle.any() ++ @name}

  defp value({:ok, parts}),
    do:
      {:ok, Fmsg.value(for(%{fmsg: %Fmsg{} = fmsg} <- parts, attr <- fmsg.attributes, do: attr))}

  defp value(error), do: error
end

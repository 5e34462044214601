defmodule Linx.Netlink.Socket.NetnsHandle do
  @moduledoc false
  # A descriptor of a network namespace, so that sockets can be opened in it whatever becomes of
  # the name or the process by which it was known. It closes with the last reference to it, with
  # its process at the latest.

  alias Linx.Netlink.Socket

  @enforce_keys [:netns, :fd, :guard]
  defstruct @enforce_keys

  @typedoc """
  `:netns` is the namespace as it was named, `:fd` the descriptor, `:guard` what closes it.
  `:host` needs no descriptor.
  """
  @type t :: :host | %__MODULE__{netns: Socket.netns(), fd: pos_integer(), guard: reference()}

  @doc """
  Opens the descriptor. Errors are those of `Linx.Netlink.Socket.Native.open_netns/1`.
  """
  @spec open(Socket.netns()) :: {:ok, t()} | {:error, Socket.Native.failure()}
  def open(:host), do: {:ok, :host}
  def open({:pid, pid}), do: open({:path, "/proc/#{pid}/ns/net"})

  def open({:path, path} = netns) do
    with {:ok, {guard, fd}} <- Socket.Native.hold_netns(path),
         do: {:ok, %__MODULE__{netns: netns, fd: fd, guard: guard}}
  end

  @doc """
  The namespace as sockets are opened in it.
  """
  @spec path(t()) :: Socket.netns()
  def path(:host), do: :host
  def path(%__MODULE__{fd: fd}), do: {:path, "/proc/self/fd/#{fd}"}

  @doc """
  The namespace as it was named.
  """
  @spec netns(t()) :: Socket.netns()
  def netns(:host), do: :host
  def netns(%__MODULE__{netns: netns}), do: netns
end

defmodule Linx.Netlink.Socket.Native do
  @moduledoc """
  Raw descriptors of netlink sockets and network namespaces.

  `Linx.Netlink.Socket` opens and closes sockets by itself; these functions are for programs that
  pass a descriptor to other code. A returned descriptor belongs to the caller: it stays open until
  `close_fd/1`, or until the code that adopts it closes it.

      {:ok, fd} = Linx.Netlink.Socket.Native.open_in_netns("/var/run/netns/blue", 0)
      :ok = Linx.Netlink.Socket.Native.close_fd(fd)

  Entering another network namespace needs `CAP_SYS_ADMIN` in the user namespace
  that owns it. A thread made for the purpose enters it, and ends before the call returns: no
  thread of the VM changes its namespace.
  """

  alias Linx.Netlink.{Native, Permit}
  alias Linx.Netlink.Options.Type

  # The largest C int.
  @int 0x7FFFFFFF

  @typedoc "The step that failed and its errno, as the kernel numbers it."
  @type failure ::
          {:open | :setns | :socket | :thread, errno :: pos_integer()}
          | {:bad_path, binary()}

  @doc """
  Opens an unbound netlink socket of `protocol` in the namespace that the file at
  `path` names (`/proc/PID/ns/net`, `/var/run/netns/NAME`).

  Returns `{:ok, fd}`, close-on-exec, or `{:error, failure}`: `{:open, 2}` where
  there is no such file, `{:setns, 22}` where it is no network namespace,
  `{:setns, 1}` without the privilege, `{:socket, 93}` for an unknown protocol,
  `{:bad_path, path}` for a path with a NUL byte.
  """
  @spec open_in_netns(binary(), integer()) :: {:ok, non_neg_integer()} | {:error, failure()}
  def open_in_netns(path, protocol) when is_binary(path) and is_integer(protocol) do
    with :ok <- check_path(path), do: open_unbound(path, protocol)
  end

  # A number beyond a C int is an unknown protocol: EPROTONOSUPPORT.
  defp open_unbound(path, protocol) when protocol in 0..@int,
    do: Permit.run(&Native.open_in_netns(&1, path, protocol))

  defp open_unbound(_path, _protocol), do: {:error, {:socket, 93}}

  @doc """
  Opens the file at `path` and enters it, so that it is sure to name a network namespace;
  for requests that take a namespace by descriptor.

  Returns as `open_in_netns/2`.
  """
  @spec open_netns(binary()) :: {:ok, non_neg_integer()} | {:error, failure()}
  def open_netns(path) when is_binary(path) do
    with :ok <- check_path(path), do: Permit.run(&Native.open_netns(&1, path))
  end

  @doc false
  # Like `open_netns/1`, with a guard that owns the descriptor: it closes on `release_netns/1`, or
  # when the guard is garbage, so that a killed process leaves no descriptor open.
  @spec hold_netns(binary()) ::
          {:ok, {guard :: reference(), non_neg_integer()}} | {:error, failure()}
  def hold_netns(path) when is_binary(path) do
    with :ok <- check_path(path), do: Permit.run(&Native.open_netns_guarded(&1, path))
  end

  @doc false
  @spec release_netns(reference()) :: :ok
  def release_netns(guard), do: Native.release_fd(guard)

  @doc """
  Closes a descriptor of `open_in_netns/2` or `open_netns/1` that no other code has adopted. Always
  `:ok`, also for a number that is no descriptor.
  """
  @spec close_fd(integer()) :: :ok
  def close_fd(fd) when fd in 0..@int, do: Native.close_fd(fd)
  def close_fd(fd) when is_integer(fd), do: :ok

  @doc """
  Binds a netlink socket to a port of the kernel's choice and to the multicast
  groups 1 to 32 by mask (bit 0 is group 1); 0 for none.

  Returns `:ok` or `{:error, errno}`, the errno as the kernel numbers it: 9 for a number that is
  no descriptor. Groups beyond 32 bits are a `FunctionClauseError`.
  """
  @spec bind_netlink(integer(), 0..0xFFFFFFFF) :: :ok | {:error, pos_integer()}
  def bind_netlink(fd, groups) when fd in 0..@int and groups in 0..0xFFFFFFFF do
    with {:ok, :ok} <- Permit.run(&Native.bind_netlink(&1, fd, groups)), do: :ok
  end

  def bind_netlink(fd, groups) when is_integer(fd) and groups in 0..0xFFFFFFFF, do: {:error, 9}

  @doc """
  Creates a persistent tun or tap device; for `Linx.Netlink.Rtnl.Link.create/4`.

  `path` names the namespace, `nil` the VM's own. `flags` are `IFF_*` of
  `include/uapi/linux/if_tun.h`; `owner` and `group` are the numeric ids of the user
  and the group that may attach without privilege, or `nil`. Needs `CAP_NET_ADMIN` in the namespace.

  Returns `:ok` or `{:error, failure}`, also with the stage `:ioctl`; a name that
  is taken is `{:ioctl, 16}`, one that no link can have (empty, longer than 15 bytes, with a
  NUL, a blank, `/` or `:`) is `{:bad_name, name}`. Flags beyond 16 bits and ids beyond 32
  are a `FunctionClauseError`.
  """
  @spec create_tun(
          binary() | nil,
          binary(),
          0..0xFFFF,
          0..0xFFFFFFFF | nil,
          0..0xFFFFFFFF | nil
        ) :: :ok | {:error, failure() | {:ioctl, pos_integer()} | {:bad_name, term()}}
  def create_tun(path, name, flags, owner, group)
      when (path == nil or is_binary(path)) and flags in 0..0xFFFF and
             (owner == nil or owner in 0..0xFFFFFFFF) and
             (group == nil or group in 0..0xFFFFFFFF) do
    with :ok <- check_path(path || ""),
         {:ok, name} <- Type.check({:name, 15}, :name, name),
         {:ok, :ok} <- Permit.run(&Native.tun_create(&1, path, name, flags, owner, group)),
         do: :ok
  end

  defp check_path(path) do
    case :binary.match(path, <<0>>) do
      :nomatch -> :ok
      _ -> {:error, {:bad_path, path}}
    end
  end
end

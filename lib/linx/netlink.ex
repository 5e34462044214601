defmodule Linx.Netlink do
  @moduledoc """
  Netlink for Elixir: the objects of the Linux kernel's network stack as structs.

  Kernel side: `netlink(7)` and `include/uapi/linux/netlink.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, links} = Linx.Netlink.Rtnl.Link.list(sock)
      :ok = Linx.Netlink.Socket.close(sock)

  ## Where to begin

    * `Linx.Netlink.Rtnl` - links, addresses, routes, neighbours, rules, nexthops,
      bridges and statistics, a module with functions for each;
    * `Linx.Netlink.Rtnl.View` - a copy of these in memory, kept current by notifications
      and read without a system call; `Linx.Netlink.Rtnl.Monitor` - the notifications alone;
    * `Linx.Netlink.Rtnl.Reconcile` - changes a namespace to a desired state;
    * `Linx.Netlink.Batch` - many changes and lookups in few system calls;
    * `Linx.Netlink.Connection` - a supervised socket with a name;
    * `Linx.Netlink.Nfnl` - nf_tables, connection tracking and packet logs;
    * `Linx.Netlink.Generic` - generic netlink: families by name;
    * `Linx.Netlink.Generic.WireGuard` - WireGuard links and their peers;
    * `Linx.Netlink.Generic.Devlink`, `Linx.Netlink.Generic.Fou`, `Linx.Netlink.Generic.L2tp`,
      `Linx.Netlink.Generic.Macsec`, `Linx.Netlink.Generic.Mptcp`, `Linx.Netlink.Generic.Netdev`,
      `Linx.Netlink.Generic.Ovpn`, `Linx.Netlink.Generic.Taskstats`, `Linx.Netlink.Generic.TcpMetrics`,
      `Linx.Netlink.Generic.Team` - further families of generic netlink;
    * `Linx.Netlink.Generic.Nl80211` - Wi-Fi;
    * `Linx.Netlink.Generic.Ethtool` - settings and statistics of network devices;
    * `Linx.IP`, `Linx.IP.Subnet`, `Linx.MAC`, `Linx.Sigils` - addresses.

  ## The layers

    * `Linx.Netlink.Socket` - a socket of any netlink protocol, in any network
      namespace, shared by any number of processes;
    * `Linx.Netlink.Request` - a request and its complete reply: dumps, errors with the
      kernel's message, deadlines;
    * `Linx.Netlink.Monitor`, `Linx.Netlink.Protocol` - notifications of any protocol;
    * `Linx.Netlink.Codec` - messages declared as rows;
    * `Linx.Netlink.Message`, `Linx.Netlink.Attr`, `Linx.Netlink.Constants` - framing.

  ## Conventions

  Functions that send a request return `:ok`, `{:ok, value}` or `{:error, reason}` and do
  not raise because of a reply; `Linx.Netlink.Error` is a refusal by the kernel, and
  `format_error/1` is the text of any reason. Wrong input is detected before anything is sent.
  No call blocks a normal scheduler. Nothing that the kernel or another process sends crashes
  the VM or creates an atom.
  """

  alias Linx.Netlink.Reason

  @doc """
  The text of an error reason of this library, or of `{:error, reason}`, in one line.

      iex> Linx.Netlink.format_error({:unknown_option, :netnss})
      "unknown option :netnss (did you mean :netns?)"

      iex> Linx.Netlink.format_error({:error, {:send, :noproc}})
      "the request could not be sent: there is no such process"

      iex> Linx.Netlink.format_error(Linx.Netlink.Error.from_errno(19, "no such device"))
      "netlink ENODEV (19): no such device"

  A misspelt option is compared with the options of all functions.
  """
  @spec format_error(term()) :: String.t()
  def format_error(reason), do: Reason.text(reason)
end

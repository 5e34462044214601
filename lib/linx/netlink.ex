defmodule Linx.Netlink do
  @moduledoc """
  Netlink for Elixir: the Linux kernel's networking, as structs.

  Kernel side: `netlink(7)` and `include/uapi/linux/netlink.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, links} = Linx.Netlink.Rtnl.Link.list(sock)
      :ok = Linx.Netlink.Socket.close(sock)

  ## Where to begin

    * `Linx.Netlink.Rtnl` - links, addresses, routes, neighbours, rules, nexthops,
      bridges and statistics, each with its verbs;
    * `Linx.Netlink.Rtnl.View` - all of them, always current, read without a system
      call; `Linx.Netlink.Rtnl.Monitor` for the changes alone;
    * `Linx.Netlink.Rtnl.Reconcile` - a wanted state, made so;
    * `Linx.Netlink.Batch` - many changes in few system calls;
    * `Linx.Netlink.Connection` - a socket under supervision, with a name;
    * `Linx.Netlink.Nfnl` - nf_tables, connection tracking and packet logs.

  ## The layers

    * `Linx.Netlink.Socket` - a socket of any netlink protocol, in any network
      namespace, that any number of processes may share;
    * `Linx.Netlink.Request` - a request and its whole reply: dumps, errors with the
      kernel's words, deadlines;
    * `Linx.Netlink.Codec` - messages of one's own, declared as rows;
    * `Linx.Netlink.Message`, `Linx.Netlink.Attr`, `Linx.Netlink.Constants` - bytes.

  ## What holds everywhere

  A verb returns `:ok`, `{:ok, value}` or `{:error, reason}`, whatever the kernel
  says; `Linx.Netlink.Error` is its refusal. What is wrong with the input is found
  before anything is sent. Nothing waits inside a scheduler, and nothing that the
  kernel or another process sends crashes the VM or makes an atom.
  """
end

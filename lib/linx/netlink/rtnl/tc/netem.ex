defmodule Linx.Netlink.Rtnl.Tc.Netem do
  @moduledoc """
  A bad network on a link: the qdisc `:netem` in one call.

  Kernel side: `TCA_NETEM_*` of `include/uapi/linux/pkt_sched.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      :ok = Netem.set(sock, "eth0", delay: "20ms", loss: "1%")
      :ok = Netem.set(sock, "eth0", delay: {"100ms", "10ms"}, rate: "10mbit")
      :ok = Netem.clear(sock, "eth0")

  Packets that the link sends are delayed, lost or changed. `Linx.Netlink.Rtnl.Tc.Qdisc.Netem` has the
  options. Needs `CAP_NET_ADMIN` in the user namespace of the socket's namespace. Errors are those of
  `Linx.Netlink.Rtnl.Tc.Qdisc`.
  """

  alias Linx.Netlink.{Error, Options}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.Qdisc

  # Values that `netem_change` of net/sched/sch_netem.c keeps where they are not given.
  @none [corrupt: 0, reorder: 0, rate: 0, slot: 0, ecn: false]

  @doc """
  Emulates a network with these properties, and no others, on a link.

  The qdisc in the place, `:root` if no `:parent` is given, is replaced; one of this kind is changed, and
  keeps the packets that wait in it. A `:distribution` and a `:seed` stay until others are given, or until
  `clear/3`. Takes the options of `Linx.Netlink.Rtnl.Tc.Qdisc.replace/4` for the kind `:netem`.

      :ok = Netem.set(sock, "eth0", loss: {:gemodel, [1, 10, 70, 0.1]}, seed: 42)
  """
  @spec set(Link.target(), Link.ref(), keyword()) :: Qdisc.done()
  def set(target, link, opts) do
    with :ok <- Options.keyword(opts),
         do: Qdisc.replace(target, link, :netem, Keyword.merge(@none, opts))
  end

  @doc """
  Ends the emulation: deletes the qdisc of this kind, if there is one in the place. Takes `:parent`, `:handle`
  and `:timeout`.
  """
  @spec clear(Link.target(), Link.ref(), keyword()) :: Qdisc.done()
  def clear(target, link, opts \\ []) do
    with :ok <- Options.keyword(opts),
         false <- Keyword.has_key?(opts, :kind) and {:error, {:unknown_option, :kind}} do
      # EINVAL for a qdisc of another kind.
      case Qdisc.delete(target, link, [kind: :netem] ++ opts) do
        {:error, %Error{errno: errno}} when errno in [:enoent, :einval] -> :ok
        result -> result
      end
    end
  end
end

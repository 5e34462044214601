defmodule Linx.Netlink.Rtnl.Link.Tun do
  @moduledoc false
  # Creation of tun and tap devices: `TUNSETIFF` on `/dev/net/tun`, since rtnetlink refuses the
  # kind. Options that the ioctl does not take are set afterwards; if that fails, the device is
  # deleted.

  alias Linx.Netlink.{Batch, Connection, Error, Socket, Target}
  alias Linx.Netlink.Rtnl.Link

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  # IFF_TUN and IFF_TAP of include/uapi/linux/if_tun.h.
  @types %{"tun" => 1, "tap" => 2}

  @spec create(Link.target(), String.t(), String.t(), keyword(), keyword()) :: Link.done()
  def create(%Batch{}, _name, kind, _opts, _request), do: {:error, {:bad_option, :kind, kind}}

  def create(sock, name, kind, opts, request) do
    with {:ok, tun, common} <- Link.Options.cast_tun(name, Map.fetch!(@types, kind), opts),
         :ok <- Target.check(sock, @netlink_route),
         {:ok, netns} <- Connection.netns(sock),
         %{flags: flags, owner: owner, group: group} = tun,
         :ok <- ioctl(Socket.Native.create_tun(path(netns), name, flags, owner, group)),
         {:error, reason} <- finish(sock, name, common, Keyword.delete(request, :protocol)) do
      _ = Link.delete(sock, name, Keyword.take(request, [:timeout]))
      {:error, reason}
    end
  end

  defp finish(_sock, _name, [], []), do: :ok
  defp finish(sock, name, common, request), do: Link.set(sock, name, common ++ request)

  defp ioctl({:error, {:ioctl, code}}), do: {:error, Error.from_errno(code)}
  defp ioctl(result), do: result

  defp path({:path, path}), do: path
  defp path(:host), do: nil
end

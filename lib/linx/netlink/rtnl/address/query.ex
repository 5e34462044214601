defmodule Linx.Netlink.Rtnl.Address.Query do
  @moduledoc false
  # Lists of addresses, single addresses, and the wait for duplicate address detection.

  alias Linx.IP
  alias Linx.Netlink.{Batch, Error, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Address, Link, Names}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  # RTM_* of include/uapi/linux/rtnetlink.h.
  @rtm_getaddr 22
  @rtm_getmulticast 58
  @rtm_getanycast 62

  # AF_INET6, EADDRNOTAVAIL.
  @inet6 10
  @eaddrnotavail 99

  @link [link: :link]
  @netnsid [target_netnsid: 0..0x7FFFFFFF]
  @chosen [
    family: {:choice, Options.families()},
    scope: {:named, 0..255, [global: 0] ++ Names.scopes()}
  ]

  @doc "The options that choose among the addresses of the socket's namespace."
  @spec filters() :: keyword()
  def filters, do: @link ++ @chosen

  @spec list(Request.target(), keyword()) :: {:ok, [Address.t()]} | {:error, Address.error()}
  def list(sock, opts), do: dump(sock, @rtm_getaddr, %{}, opts, filters() ++ @netnsid)

  @spec list_multicast(Request.target(), IP.family(), keyword()) ::
          {:ok, [Address.t()]} | {:error, Address.error()}
  def list_multicast(sock, family, opts),
    do: dump(sock, @rtm_getmulticast, %{family: family(family)}, opts, @link ++ @netnsid)

  @spec list_anycast(Request.target(), keyword()) ::
          {:ok, [Address.t()]} | {:error, Address.error()}
  def list_anycast(sock, opts),
    do: dump(sock, @rtm_getanycast, %{family: @inet6}, opts, @link ++ @netnsid)

  defp family(name), do: Keyword.fetch!(Options.families(), name)

  defp dump(sock, type, fixed, opts, table) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, table),
         wanted = Map.merge(wanted, fixed),
         netnsid = wanted[:target_netnsid],
         {:ok, index} <- index(sock, wanted[:link], netnsid, request),
         family = wanted[:family] || 0,
         query = %Address{family: family, index: index, target_netnsid: netnsid},
         {:ok, addresses} <- Request.dump(sock, type, query, request) do
      {:ok, filter(addresses, query, wanted[:scope])}
    end
  end

  defp index(_sock, nil, _netnsid, _request), do: {:ok, 0}

  # The name is that of a link in the other namespace.
  defp index(sock, {:link, _key, name}, id, request) when is_binary(name) and id != nil do
    opts = [target_netnsid: id] ++ Keyword.take(request, [:timeout])
    with {:ok, link} <- Link.lookup(sock, name, opts), do: {:ok, link.index}
  end

  defp index(sock, link, _netnsid, request), do: Link.option_index(sock, link, request)

  # Without a filter, the list is not copied.
  defp filter(addresses, %{family: 0, index: 0, target_netnsid: nil}, nil), do: addresses
  defp filter(addresses, query, scope), do: Enum.filter(addresses, &chosen?(&1, query, scope))

  # Kernels before 4.20 do not filter, and ignore the namespace id.
  defp chosen?(address, query, scope) do
    query.family in [0, address.family] and query.index in [0, address.index] and
      query.target_netnsid in [nil, address.target_netnsid] and scope in [nil, address.scope]
  end

  @spec get(Request.target(), Address.ref(), Address.ip(), keyword()) ::
          {:ok, Address.t() | Batch.Read.t()} | {:error, Address.error()}
  def get(sock, link, ip, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :get, @netlink_route, []),
         {:ok, ip} <- Type.ip(ip),
         {:ok, index} <- Link.index(sock, link, request) do
      find(sock, index, ip, request)
    end
  end

  # The kernel looks up single addresses of IPv6 only.
  @spec find(Request.target(), pos_integer(), IP.t(), keyword()) ::
          {:ok, Address.t() | Batch.Read.t()} | {:error, Address.error()}
  def find(sock, index, %IP{family: :inet6} = ip, request) do
    query = %Address{family: @inet6, index: index, address: ip}
    Request.fetch(sock, @rtm_getaddr, query, [protocol: @netlink_route] ++ request)
  end

  def find(sock, index, ip, request) do
    Request.read(sock, request, fn sock, request ->
      opts = [link: index, family: :inet] ++ Keyword.take(request, [:timeout])

      with {:ok, addresses} <- list(sock, opts) do
        case Enum.find(addresses, &(&1.local == ip)) do
          nil -> {:error, Error.from_errno(@eaddrnotavail)}
          address -> {:ok, address}
        end
      end
    end)
  end

  @spec await(Request.target(), Address.ref(), Address.ip(), timeout()) ::
          :ok | {:error, :dadfailed | :not_found | :timeout | Address.error()}
  def await(sock, link, ip, timeout) do
    with {:ok, ip} <- Type.ip(ip),
         {:ok, deadline} <- deadline(timeout),
         {:ok, index} <- Link.index(sock, link, []) do
      poll(sock, index, ip, deadline, 10)
    end
  end

  defp poll(sock, index, ip, deadline, pause) do
    with {:ok, address} <- present(find(sock, index, ip, [])) do
      flags = Address.flags(address)

      cond do
        :dadfailed in flags -> {:error, :dadfailed}
        :tentative not in flags or :optimistic in flags -> :ok
        left(deadline) == 0 -> {:error, :timeout}
        true -> pause(sock, index, ip, deadline, pause)
      end
    end
  end

  defp present({:error, %Error{errno: :eaddrnotavail}}), do: {:error, :not_found}
  defp present(result), do: result

  # The pauses double up to 80 ms: duplicate address detection ends within milliseconds or takes
  # a second or more.
  defp pause(sock, index, ip, deadline, pause) do
    Process.sleep(min(pause, left(deadline)))
    poll(sock, index, ip, deadline, min(pause * 2, 80))
  end

  defp deadline(:infinity), do: {:ok, :infinity}

  defp deadline(ms) when is_integer(ms) and ms >= 0,
    do: {:ok, System.monotonic_time(:millisecond) + ms}

  defp deadline(other), do: {:error, {:bad_timeout, other}}

  # An atom is greater than any number.
  defp left(:infinity), do: :infinity
  defp left(deadline), do: max(deadline - System.monotonic_time(:millisecond), 0)
end

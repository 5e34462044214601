defmodule Linx.Netlink.Rtnl.Neighbour.Options do
  @moduledoc false
  # Options of the verbs of neighbours: checked, then made a request.

  import Bitwise

  alias Linx.{IP, LinkAddress}
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Link, Neighbour}

  # AF_INET and AF_INET6.
  @families %{inet: 2, inet6: 10}

  # RTN_UNICAST, NUD_* and NTF_EXT_MANAGED.
  @unicast 1
  @none 0
  @permanent 0x80
  @managed 0x1

  @typedoc "An entry without its link, the link, and the link-layer address as it was given."
  @type draft :: {Neighbour.t(), Link.ref(), Neighbour.mac() | nil}

  @doc "Checks the arguments of a verb that writes an entry."
  @spec cast(Neighbour.ref(), Neighbour.ip(), Neighbour.mac() | nil, keyword()) ::
          {:ok, draft()} | {:error, Neighbour.error()}
  def cast(link, ip, mac, opts) do
    with {:ok, entry} <- entry(ip),
         {:ok, lladdr} <- lladdr(mac),
         {:ok, fields} <- fields(opts, Keyword.keys(Neighbour.__options__())) do
      entry = %{entry | lladdr: lladdr, state: state(lladdr, fields), type: @unicast}
      {:ok, {Map.merge(entry, fields), link, mac}}
    end
  end

  @doc "Checks the arguments of a verb that names an entry, with the options `keys`."
  @spec cast_key(Neighbour.ref(), Neighbour.ip(), keyword(), [atom()]) ::
          {:ok, draft()} | {:error, Neighbour.error()}
  def cast_key(link, ip, opts, keys \\ []) do
    with {:ok, entry} <- entry(ip),
         {:ok, fields} <- fields(opts, keys),
         do: {:ok, {Map.merge(entry, fields), link, nil}}
  end

  @doc "Looks up the link of a draft, and compares the length of its link-layer address."
  @spec resolve(draft(), Link.target(), keyword()) ::
          {:ok, Neighbour.t()} | {:error, Neighbour.error()}
  def resolve({%{lladdr: nil} = entry, link, _mac}, sock, request) do
    with {:ok, index} <- Link.index(sock, link, request), do: {:ok, %{entry | ifindex: index}}
  end

  def resolve({entry, link, mac}, sock, request) do
    with {:ok, link} <- link(sock, link, Keyword.take(request, [:timeout])) do
      # The kernel cuts a longer address (neigh_add of net/core/neighbour.c).
      if LinkAddress.__length_of__?(entry.lladdr, link.address),
        do: {:ok, %{entry | ifindex: link.index}},
        else: {:error, {:bad_mac, mac}}
    end
  end

  # Given by index, a link is not looked up, and its address unknown.
  defp link(_sock, index, _request) when index in 1..0x7FFFFFFF, do: {:ok, %Link{index: index}}
  defp link(sock, name, request), do: Link.lookup(sock, name, request)

  defp entry(ip) do
    with {:ok, %IP{family: family} = ip} <- Type.ip(ip),
         do: {:ok, %Neighbour{family: @families[family], dst: ip}}
  end

  defp lladdr(nil), do: {:ok, nil}
  defp lladdr(address), do: LinkAddress.cast(address)

  defp fields(opts, keys) do
    with {:ok, fields} <-
           Options.parse(Keyword.take(Neighbour.__options__(), keys), opts, :create),
         do: {:ok, Enum.reduce(fields, %{}, &put/2)}
  end

  # The extended flags follow the eight of the header.
  defp put({[:flags], bits}, fields) when bits > 0xFF,
    do: Map.merge(fields, %{flags: bits &&& 0xFF, flags_ext: bits >>> 8})

  defp put({[field], value}, fields), do: Map.put(fields, field, value)

  # The kernel refuses a managed entry that is permanent.
  defp state(nil, _fields), do: @none
  defp state(_lladdr, %{flags_ext: bits}) when (bits &&& @managed) != 0, do: @none
  defp state(_lladdr, _fields), do: @permanent
end

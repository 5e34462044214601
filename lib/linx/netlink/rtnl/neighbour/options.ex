defmodule Linx.Netlink.Rtnl.Neighbour.Options do
  @moduledoc false
  # A neighbour as a caller wants it, checked and made a message, but for its link. Pure.

  import Bitwise

  alias Linx.{IP, LinkAddress}
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Link, Neighbour}

  # AF_INET and AF_INET6.
  @inet 2
  @inet6 10

  # RTN_UNICAST, NUD_* and NTF_EXT_MANAGED.
  @unicast 1
  @none 0
  @permanent 0x80
  @managed 0x1

  @doc false
  @spec cast(Neighbour.ip(), Neighbour.mac() | nil, keyword(), keyword()) ::
          {:ok, Neighbour.t()} | {:error, term()}
  def cast(ip, mac, opts, table) do
    with {:ok, entry} <- entry(ip),
         {:ok, lladdr} <- lladdr(mac),
         {:ok, fields} <- fields(opts, table) do
      entry = %{entry | lladdr: lladdr, state: state(lladdr, fields), type: @unicast}
      {:ok, Map.merge(entry, fields)}
    end
  end

  # The entry of an address, without anything that is known of it.
  @doc false
  @spec entry(Neighbour.ip()) :: {:ok, Neighbour.t()} | {:error, {:bad_address, term()}}
  def entry(ip) do
    with {:ok, %IP{family: family} = ip} <- Type.ip(ip) do
      {:ok, %Neighbour{family: if(family == :inet, do: @inet, else: @inet6), dst: ip}}
    end
  end

  defp lladdr(nil), do: {:ok, nil}
  defp lladdr(address), do: LinkAddress.__cast__(address)

  @doc false
  @spec fields(keyword(), keyword()) :: {:ok, map()} | {:error, Options.reason()}
  def fields(opts, table) do
    with {:ok, fields} <- Options.parse(table, opts, :create) do
      {:ok, Enum.reduce(fields, %{}, &put/2)}
    end
  end

  # The extended flags follow the eight of the header.
  defp put({[:flags], bits}, fields) when bits > 0xFF,
    do: Map.merge(fields, %{flags: bits &&& 0xFF, flags_ext: bits >>> 8})

  defp put({[field], value}, fields), do: Map.put(fields, field, value)

  # The kernel refuses a permanent entry that it is to keep up to date.
  defp state(nil, _fields), do: @none
  defp state(_lladdr, %{flags_ext: bits}) when (bits &&& @managed) != 0, do: @none
  defp state(_lladdr, _fields), do: @permanent

  # The kernel cuts a longer address (neigh_add of net/core/neighbour.c).
  @doc false
  @spec same_length(Neighbour.t(), Link.t(), Neighbour.mac() | nil) ::
          :ok | {:error, {:bad_mac, Neighbour.mac()}}
  def same_length(%{lladdr: nil}, _link, _mac), do: :ok

  def same_length(%{lladdr: lladdr}, link, mac) do
    if LinkAddress.__length_of__?(lladdr, link.address), do: :ok, else: {:error, {:bad_mac, mac}}
  end
end

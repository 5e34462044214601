defmodule Linx.Netlink.Rtnl.Route.Via do
  @moduledoc false
  # `struct rtvia` of include/uapi/linux/rtnetlink.h: an address family and an address.

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.Netlink.Options.Type

  # AF_INET, AF_INET6 and AF_PACKET.
  @inet 2
  @inet6 10
  @packet 17

  @spec encode(IP.t()) :: binary()
  def encode(%IP{family: :inet, bytes: bytes}), do: <<@inet::native-16, bytes::binary>>
  def encode(%IP{family: :inet6, bytes: bytes}), do: <<@inet6::native-16, bytes::binary>>

  @spec decode(binary() | nil) :: IP.t() | MAC.t() | LinkAddress.t() | nil
  def decode(<<@packet::native-16, bytes::binary>>), do: LinkAddress.decode(bytes)

  def decode(<<family::native-16, bytes::binary>>) when family in [@inet, @inet6],
    do: IP.decode(bytes)

  def decode(_other), do: nil

  @doc """
  The attributes for a gateway and the option `:via`: `RTA_GATEWAY` for one of the route's family,
  `RTA_VIA` for one of the other.
  """
  @spec cast(IP.t() | nil, term(), IP.t()) ::
          {:ok, %{gateway: IP.t() | nil, via: binary() | nil}} | {:error, term()}
  def cast(gateway, nil, _dst), do: {:ok, %{gateway: gateway, via: nil}}

  def cast(nil, via, %IP{family: family}) do
    with {:ok, via} <- Type.check({:ip, {:via, :via}}, :via, via) do
      if via.family == family,
        do: {:ok, %{gateway: via, via: nil}},
        else: {:ok, %{gateway: nil, via: encode(via)}}
    end
  end

  def cast(_gateway, via, _dst), do: {:error, {:bad_option, :via, via}}
end

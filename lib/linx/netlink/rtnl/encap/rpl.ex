defmodule Linx.Netlink.Rtnl.Encap.Rpl do
  @moduledoc """
  RPL source routing header (RFC 6554): encapsulation type `:rpl`.

  Kernel side: `RPL_IPTUNNEL_*` of `include/uapi/linux/rpl_iptunnel.h`,
  `struct ipv6_rpl_sr_hdr` of `include/uapi/linux/rpl.h`.

      Route.add(sock, "fd09::", 16, nil, dev: "eth0", encap: {:rpl, segments: ["fd01::1", "fd02::1"]})

  `srh` holds the bytes of the header; `segments/1` decodes them.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP

  # IPV6_SRCRT_TYPE_3 of include/net/ipv6.h.
  @routing_type 3

  codec prefix: "RPL_IPTUNNEL_" do
    attr 1, :srh, :binary, "bytes of the routing header"
  end

  options(segments: {{:list, :ip6}, "addresses in the order of the path", required: true})

  @doc """
  Addresses in the order of the path, the reverse of that of the header.
  """
  @spec segments(t()) :: [IP.t()]
  def segments(%__MODULE__{srh: <<_::16, _type, left, _::32, rest::binary>>}) do
    size = min(left * 16, byte_size(rest))
    backwards = for <<bytes::binary-16 <- binary_part(rest, 0, size)>>, do: IP.decode(bytes)
    Enum.reverse(backwards)
  end

  def segments(%__MODULE__{}), do: []

  @doc false
  @spec finish(t(), map()) :: {:ok, t()} | {:error, {:bad_option, :segments, [IP.t()]}}
  def finish(encap, %{segments: segments}) when length(segments) in 1..127 do
    count = length(segments)
    head = <<0, count * 2, @routing_type, count, 0::32>>
    backwards = segments |> Enum.reverse() |> Enum.map(& &1.bytes)
    {:ok, %{encap | srh: IO.iodata_to_binary([head | backwards])}}
  end

  def finish(_encap, %{segments: segments}), do: {:error, {:bad_option, :segments, segments}}
end

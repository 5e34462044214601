defmodule Linx.Netlink.Rtnl.Encap.Seg6 do
  @moduledoc """
  IPv6 segment routing header (RFC 8754): encapsulation type `:seg6`.

  Kernel side: `SEG6_IPTUNNEL_*` and `struct seg6_iptunnel_encap` of
  `include/uapi/linux/seg6_iptunnel.h`, `struct ipv6_sr_hdr` of `include/uapi/linux/seg6.h`.

      Route.add(sock, "fd09::", 16, nil, dev: "eth0", encap: {:seg6, segments: ["fd01::1", "fd02::1"]})

  `srh` holds the bytes of mode and header; `mode/1` and `segments/1` decode them.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP

  @modes [inline: 0, encap: 1, l2encap: 2, encap_red: 3, l2encap_red: 4]

  # IPV6_SRCRT_TYPE_4 of include/net/ipv6.h, SR6_FLAG1_HMAC and SR6_TLV_HMAC of seg6.h.
  @routing_type 4
  @flag_hmac 0x08
  @tlv_hmac 5

  codec prefix: "SEG6_IPTUNNEL_" do
    attr 1, :srh, :binary, "bytes of mode and segment routing header"
    attr 2, :src, IP, "source address of the outer header"
  end

  options(
    segments: {{:list, :ip6}, "segments in the order of the path", required: true},
    mode:
      {{:enum, @modes}, "insertion of the header, `:encap` if not given",
       values: "SEG6_IPTUN_MODE_"},
    hmac: {1..0xFFFFFFFF, "key id of an HMAC"},
    src: {:ip6, "source address of the outer header; Linux 6.18 does not know it yet"}
  )

  @doc """
  Mode in which the header is added to packets.

  `:inline` inserts it, `:encap` encapsulates packets in IPv6, `:l2encap` whole frames;
  `:encap_red` and `:l2encap_red` leave out the first segment. `nil` if `srh` is too short.
  """
  @spec mode(t()) :: :inline | :encap | :l2encap | :encap_red | :l2encap_red | integer() | nil
  def mode(%__MODULE__{srh: <<number::native-signed-32, _::binary>>}) do
    case List.keyfind(@modes, number, 1) do
      {name, _} -> name
      nil -> number
    end
  end

  def mode(%__MODULE__{}), do: nil

  @doc """
  Segments in the order of the path.

  In mode `:inline` the destination of the packet follows the last one.
  """
  @spec segments(t()) :: [IP.t()]
  def segments(%__MODULE__{srh: <<mode::native-signed-32, header::binary>>}),
    do: from_header(header, mode == 0)

  def segments(%__MODULE__{}), do: []

  # The segments of a header; inline, the last one is reserved for the destination.
  @doc false
  @spec from_header(binary(), boolean()) :: [IP.t()]
  def from_header(<<_::32, first, _flags, _tag::16, rest::binary>>, inline?) do
    size = min((first + 1) * 16, byte_size(rest))
    # The header holds the segments in reverse order.
    backwards = for <<bytes::binary-16 <- binary_part(rest, 0, size)>>, do: IP.decode(bytes)
    backwards = if inline?, do: Enum.drop(backwards, 1), else: backwards
    Enum.reverse(backwards)
  end

  def from_header(_short, _inline?), do: []

  # A header; `nil` for too many segments.
  @doc false
  @spec to_header([IP.t()], boolean(), non_neg_integer() | nil) :: binary() | nil
  def to_header(segments, inline?, hmac) do
    place = if inline?, do: [<<0::128>>], else: []
    backwards = place ++ (segments |> Enum.reverse() |> Enum.map(& &1.bytes))
    tlv = if hmac, do: <<@tlv_hmac, 38, 0::16, hmac::32, 0::256>>, else: <<>>
    flags = if hmac, do: @flag_hmac, else: 0
    last = length(backwards) - 1
    units = div(length(backwards) * 16 + byte_size(tlv), 8)

    if segments != [] and units <= 255 do
      head = <<0, units, @routing_type, last, last, flags, 0::16>>
      IO.iodata_to_binary([head, backwards, tlv])
    end
  end

  @doc false
  @spec finish(t(), map()) :: {:ok, t()} | {:error, {:bad_option, :segments, [IP.t()]}}
  def finish(encap, %{segments: segments} = values) do
    mode = Map.get(values, :mode, @modes[:encap])

    case to_header(segments, mode == @modes[:inline], values[:hmac]) do
      nil -> {:error, {:bad_option, :segments, segments}}
      header -> {:ok, %{encap | srh: <<mode::native-signed-32, header::binary>>}}
    end
  end
end

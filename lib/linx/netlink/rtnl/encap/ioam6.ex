defmodule Linx.Netlink.Rtnl.Encap.Ioam6 do
  @moduledoc """
  IPv6 option in which routers on the path record data (IOAM, RFC 9486): encapsulation type
  `:ioam6`.

  Kernel side: `IOAM6_IPTUNNEL_*` of `include/uapi/linux/ioam6_iptunnel.h`;
  `struct ioam6_trace_hdr` of `include/uapi/linux/ioam6.h`.

      Route.add(sock, "fd09::", 16, nil, dev: "eth0", encap: {:ioam6, type: 0x800000, size: 12})

  `trace` holds the bytes of `struct ioam6_trace_hdr`. `freq_k` of `freq_n` packets get the option.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP

  @modes [inline: 1, encap: 2, auto: 3]

  codec prefix: "IOAM6_IPTUNNEL_" do
    attr 1, :mode, {:enum, :u8, @modes}, "insertion of the option", values: "IOAM6_IPTUNNEL_MODE_"
    attr 2, :dst, IP, "destination of the tunnel"
    attr 3, :trace, :binary, "bytes of `struct ioam6_trace_hdr`"
    attr 4, :freq_k, :u32, "number of packets of `freq_n` that get the option"
    attr 5, :freq_n, :u32, "number of packets of which `freq_k` get the option"
    attr 6, :src, IP, "source of the tunnel"
  end

  options(
    mode: {{:enum, @modes}, "insertion of the option, `:inline` if not given"},
    dst: {:ip6, "destination of the tunnel, unless inline"},
    src: {:ip6, "source of the tunnel"},
    type: {1..0xFFFFFF, "bit mask of the data to record", required: true},
    namespace: {0..0xFFFF, "IOAM namespace, 0 if not given"},
    size: {4..244, "size of the data, bytes, a multiple of 4", required: true},
    freq_k: {1..1_000_000, "number of packets of `:freq_n` that get the option"},
    freq_n: {1..1_000_000, "number of packets of which `:freq_k` get the option"}
  )

  @doc false
  @spec finish(t(), map()) :: {:ok, t()} | {:error, {:bad_option, :size, pos_integer()}}
  def finish(encap, %{type: type, size: size} = values) when rem(size, 4) == 0 do
    namespace = Map.get(values, :namespace, 0)
    # The kernel fills in the fields that are zero here.
    trace = <<namespace::16, 0, div(size, 4), type::24, 0>>
    {:ok, %{encap | trace: trace, mode: encap.mode || @modes[:inline]}}
  end

  def finish(_encap, %{size: size}), do: {:error, {:bad_option, :size, size}}
end

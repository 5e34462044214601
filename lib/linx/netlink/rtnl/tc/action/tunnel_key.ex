defmodule Linx.Netlink.Rtnl.Tc.Action.TunnelKey do
  @moduledoc """
  Action that sets the tunnel header of a packet, for a link with an external key, or removes it.

  Kernel side: `TCA_TUNNEL_KEY_*` of `include/uapi/linux/tc_act/tc_tunnel_key.h`.

      {:tunnel_key, set: true, src_ip: "10.0.0.1", dst_ip: "10.0.0.2", id: 100, dst_port: 4789}
      {:tunnel_key, unset: true}

  One of `:set` and `:unset` is required. Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Tc.Action.{Tm, Verb}
  alias __MODULE__.{Opts, Parms}

  codec prefix: "TCA_TUNNEL_KEY_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Parms, "parameters"
    attr 3, :enc_ipv4_src, IP, "source address, IPv4"
    attr 4, :enc_ipv4_dst, IP, "destination address, IPv4"
    attr 5, :enc_ipv6_src, IP, "source address, IPv6"
    attr 6, :enc_ipv6_dst, IP, "destination address, IPv6"
    attr 7, :enc_key_id, :be32, "id of the tunnel"
    attr 9, :enc_dst_port, :be16, "destination port"
    attr 10, :no_csum, {:bool, :u8}, "no checksum of UDP"
    attr 11, :enc_opts, {:nested, Opts}, "options of the header"
    attr 12, :enc_tos, :u8, "type of service"
    attr 13, :enc_ttl, :u8, "time to live"
    attr 14, :no_frag, :flag, "the packet must not be fragmented"
  end

  options(
    set: {:flag, "set the header; needs `:src_ip` and `:dst_ip`"},
    unset: {:flag, "remove the header"},
    src_ip: {{:check, &IP.cast/1, "IP address"}, "source address"},
    dst_ip: {{:check, &IP.cast/1, "IP address of the same family"}, "destination address"},
    id: {0..0xFFFFFFFF, "id of the tunnel"},
    dst_port: {0..0xFFFF, "destination port"},
    tos: {0..255, "type of service"},
    ttl: {0..255, "time to live"},
    csum: {:boolean, "a checksum of UDP, `true` if not given"},
    nofrag: {:flag, "the packet must not be fragmented; from Linux 6.7"},
    geneve_opts:
      {{:check, &__MODULE__.cast_geneve/1, "list of `{class, type, bytes}`"},
       "options of GENEVE, each of 4 to 124 bytes, a multiple of 4"},
    vxlan_opts: {0..0xFFFFFFFF, "group policy of VXLAN"},
    erspan_opts:
      {{:check, &__MODULE__.cast_erspan/1, "`{1, index}` or `{2, direction, hardware}`"},
       "options of ERSPAN"}
  )

  @opts [:erspan_opts, :geneve_opts, :vxlan_opts]
  @set [:src_ip, :dst_ip, :id, :dst_port, :tos, :ttl, :csum, :nofrag] ++ @opts

  @doc false
  @impl true
  def build(given) do
    case Verb.one(given, set: @set, unset: []) do
      {:ok, :set} -> set(given)
      {:ok, :unset} -> {:ok, %__MODULE__{parms: %Parms{action: :pipe, t_action: :release}}}
      {:error, reason} -> {:error, reason}
    end
  end

  defp set(given) do
    with :ok <- Verb.required(given, [:src_ip, :dst_ip]),
         {:ok, opts} <- opts(Map.take(given, @opts)),
         {:ok, addresses} <- addresses(given.src_ip, given.dst_ip) do
      key = %__MODULE__{
        parms: %Parms{action: :pipe, t_action: :set},
        enc_key_id: given[:id],
        enc_dst_port: given[:dst_port],
        no_csum: not Map.get(given, :csum, true),
        enc_opts: opts,
        enc_tos: given[:tos],
        enc_ttl: given[:ttl],
        no_frag: given[:nofrag]
      }

      {:ok, struct!(key, addresses)}
    end
  end

  defp addresses(%IP{family: :inet} = src, %IP{family: :inet} = dst),
    do: {:ok, enc_ipv4_src: src, enc_ipv4_dst: dst}

  defp addresses(%IP{family: :inet6} = src, %IP{family: :inet6} = dst),
    do: {:ok, enc_ipv6_src: src, enc_ipv6_dst: dst}

  defp addresses(_src, dst), do: {:error, {:bad_option, :dst_ip, dst}}

  # Of one kind of tunnel.
  defp opts(given) do
    case for key <- @opts, is_map_key(given, key), do: {key, given[key]} do
      [] -> {:ok, nil}
      [geneve_opts: options] -> {:ok, Opts.geneve(options)}
      [vxlan_opts: gbp] -> {:ok, %Opts{vxlan: %Opts.Vxlan{gbp: gbp}}}
      [erspan_opts: options] -> {:ok, %Opts{erspan: options}}
      [_, {key, value} | _] -> {:error, {:bad_option, key, value}}
    end
  end

  @doc false
  @impl true
  def writable(%__MODULE__{enc_opts: %Opts{geneve: [_ | _]} = opts} = key),
    do: %{key | enc_opts: Opts.geneve(Opts.geneve_options(opts))}

  def writable(key), do: key

  @doc false
  def cast_geneve([_ | _] = list) do
    if not List.improper?(list) and Enum.all?(list, &geneve?/1), do: {:ok, list}, else: :error
  end

  def cast_geneve(_other), do: :error

  defp geneve?({class, type, data})
       when class in 0..0xFFFF and type in 0..255 and is_binary(data),
       do: byte_size(data) in 4..124 and rem(byte_size(data), 4) == 0

  defp geneve?(_other), do: false

  @doc false
  def cast_erspan({1, index}) when index in 0..0xFFFFF,
    do: {:ok, %Opts.Erspan{ver: 1, index: index}}

  def cast_erspan({2, dir, hwid}) when dir in 0..1 and hwid in 0..63,
    do: {:ok, %Opts.Erspan{ver: 2, dir: dir, hwid: hwid}}

  def cast_erspan(_other), do: :error
end

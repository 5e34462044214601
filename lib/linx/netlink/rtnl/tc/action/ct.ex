defmodule Linx.Netlink.Rtnl.Tc.Action.Ct do
  @moduledoc """
  Action that sends a packet through connection tracking.

  Kernel side: `TCA_CT_*` of `include/uapi/linux/tc_act/tc_ct.h`.

      {:ct, zone: 5}
      {:ct, commit: true, zone: 5, mark: {0x1, 0xFF}, nat: {:src, "192.0.2.1", 1024..2048}}
      {:ct, clear: true}

  Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Tc.Action.{Gen, Tm}

  @actions [commit: 1, force: 2, clear: 4, nat: 8, nat_src: 16, nat_dst: 32]

  codec prefix: "TCA_CT_" do
    attr 1, :parms, Gen, "parameters"
    attr 2, :tm, Tm, "times", volatile: true
    attr 3, :action, {:flags, :u16, @actions}, "what is done", values: "TCA_CT_ACT_"
    attr 4, :zone, :u16, "zone"
    attr 5, :mark, :u32, "mark of the connection"
    attr 6, :mark_mask, :u32, "bits of the mark that are set"
    attr 7, :labels, :binary, "labels of the connection, 16 bytes"
    attr 8, :labels_mask, :binary, "bits of the labels that are set, 16 bytes"
    attr 9, :nat_ipv4_min, IP, "first address of the translation, IPv4"
    attr 10, :nat_ipv4_max, IP, "last address of the translation, IPv4"
    attr 11, :nat_ipv6_min, IP, "first address of the translation, IPv6"
    attr 12, :nat_ipv6_max, IP, "last address of the translation, IPv6"
    attr 13, :nat_port_min, :be16, "first port of the translation"
    attr 14, :nat_port_max, :be16, "last port of the translation"
    attr 16, :helper_name, :string, "name of a helper"
    attr 17, :helper_family, :u8, "family of the helper"
    attr 18, :helper_proto, :u8, "protocol of the helper"
  end

  options(
    clear: {:flag, "forget the connection; excludes all others"},
    commit: {:flag, "confirm the connection"},
    force: {:flag, "confirm it in the direction of this packet; needs `:commit`"},
    zone: {0..0xFFFF, "zone"},
    mark: {{:with_mask, 0..0xFFFFFFFF}, "mark of the connection; needs `:commit`"},
    label:
      {{:check, &__MODULE__.cast_label/1, "binary of 16 bytes, or `{label, mask}`"},
       "labels of the connection; needs `:commit`"},
    nat:
      {{:check, &__MODULE__.cast_nat/1,
        "`true`, or `{:src | :dst, addresses}` or `{:src | :dst, addresses, ports}`, with an address or " <>
          "`{first, last}`, and a port or a range"},
       "translate: as the connection is, or a new connection; the latter needs `:commit`"},
    helper:
      {{:check, &__MODULE__.cast_helper/1, "`{name, :inet | :inet6, protocol}`"},
       "helper of the connection; needs `:commit`; from Linux 6.3"}
  )

  @doc false
  @impl true
  def build(given) do
    given = Map.reject(given, fn {_key, value} -> value == false end)

    with :ok <- possible(given) do
      {mark, mark_mask} = Map.get(given, :mark, {nil, nil})
      {label, label_mask} = Map.get(given, :label, {nil, nil})
      {name, family, protocol} = Map.get(given, :helper, {nil, nil, nil})
      {nat, fields} = Map.get(given, :nat, {[], []})
      flags = for(key <- [:clear, :commit, :force], given[key], do: key) ++ nat

      ct = %__MODULE__{
        parms: %Gen{action: :pipe},
        action: flags,
        zone: given[:zone],
        mark: mark,
        mark_mask: mark_mask,
        labels: label,
        labels_mask: label_mask,
        helper_name: name,
        helper_family: family,
        helper_proto: protocol
      }

      {:ok, struct!(ct, fields)}
    end
  end

  @committed [:force, :mark, :label, :helper]

  defp possible(%{clear: true} = given) do
    case given |> Map.delete(:clear) |> Enum.sort() do
      [] -> :ok
      [{key, value} | _] -> {:error, {:bad_option, key, value}}
    end
  end

  defp possible(%{commit: true}), do: :ok

  defp possible(given) do
    new? = match?(%{nat: {[_, _], _}}, given)

    if new? or Enum.any?(@committed, &is_map_key(given, &1)),
      do: {:error, {:missing_option, :commit}},
      else: :ok
  end

  @doc false
  def cast_label({<<_::128>> = label, <<_::128>> = mask}), do: {:ok, {label, mask}}
  def cast_label(<<_::128>> = label), do: {:ok, {label, :binary.copy(<<0xFF>>, 16)}}
  def cast_label(_other), do: :error

  @doc false
  def cast_helper({name, family, protocol})
      when is_binary(name) and byte_size(name) in 1..15 and protocol in 0..255 do
    case Linx.Netlink.Options.families()[family] do
      nil -> :error
      family -> {:ok, {name, family, protocol}}
    end
  end

  def cast_helper(_other), do: :error

  @doc false
  def cast_nat(false), do: {:ok, false}
  def cast_nat(true), do: {:ok, {[:nat], []}}

  def cast_nat({side, addresses}) when side in [:src, :dst] do
    with {:ok, fields} <- addresses(addresses), do: {:ok, {[:nat, side(side)], fields}}
  end

  def cast_nat({side, addresses, ports}) do
    with {:ok, {flags, fields}} <- cast_nat({side, addresses}),
         {:ok, {first, last}} <- ports(ports),
         do: {:ok, {flags, fields ++ [nat_port_min: first, nat_port_max: last]}}
  end

  def cast_nat(_other), do: :error

  defp side(:src), do: :nat_src
  defp side(:dst), do: :nat_dst

  defp addresses({first, last}) do
    with {:ok, %IP{family: family} = first} <- IP.cast(first),
         {:ok, %IP{family: ^family} = last} <- IP.cast(last),
         true <- IP.encode(first) <= IP.encode(last) do
      case family do
        :inet -> {:ok, nat_ipv4_min: first, nat_ipv4_max: last}
        :inet6 -> {:ok, nat_ipv6_min: first, nat_ipv6_max: last}
      end
    else
      _ -> :error
    end
  end

  defp addresses(address), do: addresses({address, address})

  defp ports(first..last//1) when first in 1..0xFFFF and last in first..0xFFFF//1,
    do: {:ok, {first, last}}

  defp ports(port) when port in 1..0xFFFF, do: {:ok, {port, port}}
  defp ports(_other), do: :error
end

defmodule Linx.Netlink.Rtnl.Encap.Mpls do
  @moduledoc """
  An MPLS label stack to push on packets: encapsulation type `:mpls`.

  Kernel side: `MPLS_IPTUNNEL_*` of `include/uapi/linux/mpls_iptunnel.h`; stack entries
  are those of RFC 3032, `struct mpls_label` of `include/uapi/linux/mpls.h`.

      Route.add(sock, "10.9.0.0", 16, "10.0.0.1", encap: {:mpls, labels: [100, 200], ttl: 64})

  `dst` holds label stack entries; `labels/1` gives their labels.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise

  codec prefix: "MPLS_IPTUNNEL_" do
    attr 1, :dst, {:packed, :be32}, "label stack entries"
    attr 2, :ttl, :u8, "TTL of the labels"
  end

  options(
    labels: {{:list, 0..0xFFFFF}, "label stack, the outermost first", required: true},
    ttl: {1..255, "TTL of the labels, the hop limit of the packet if not given"}
  )

  @bottom 0x100

  @doc """
  Labels of a stack, the outermost first.

      iex> Linx.Netlink.Rtnl.Encap.Mpls.labels(%Linx.Netlink.Rtnl.Encap.Mpls{dst: [0x64000, 0xC8100]})
      [100, 200]
  """
  @spec labels(t()) :: [0..0xFFFFF]
  def labels(%__MODULE__{dst: entries}), do: from_entries(entries)

  # The labels of stack entries.
  @doc false
  @spec from_entries([non_neg_integer()] | nil) :: [0..0xFFFFF]
  def from_entries(entries), do: Enum.map(entries || [], &(&1 >>> 12))

  # Stack entries, the last with the bottom-of-stack bit.
  @doc false
  @spec to_entries([0..0xFFFFF, ...]) :: [non_neg_integer(), ...]
  def to_entries([last]), do: [last <<< 12 ||| @bottom]
  def to_entries([label | labels]), do: [label <<< 12 | to_entries(labels)]

  @doc false
  @spec finish(t(), map()) :: {:ok, t()} | {:error, {:bad_option, :labels, []}}
  def finish(_encap, %{labels: []}), do: {:error, {:bad_option, :labels, []}}
  def finish(encap, %{labels: labels}), do: {:ok, %{encap | dst: to_entries(labels)}}
end

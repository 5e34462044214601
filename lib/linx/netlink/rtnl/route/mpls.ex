defmodule Linx.Netlink.Rtnl.Route.Mpls do
  @moduledoc """
  Label rewriting by an MPLS route.

  Kernel side: `RTA_NEWDST` and `RTA_TTL_PROPAGATE` of `include/uapi/linux/rtnetlink.h`.

  `newdst` holds the label stack entries that replace the label of a packet, in the form of
  `Linx.Netlink.Rtnl.Encap.Mpls`: `labels/1` gives their labels. `ttl_propagate` is true if the
  hop limit is copied between IP header and label.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Encap

  codec prefix: "RTA_" do
    attr 19, :newdst, {:packed, :be32}, "label stack entries that replace the label"
    attr 26, :ttl_propagate, {:bool, :u8}, "copy the hop limit between IP and label"
  end

  @doc """
  The labels that replace the label of a packet, the outermost first.

      iex> Linx.Netlink.Rtnl.Route.Mpls.labels(%Linx.Netlink.Rtnl.Route.Mpls{newdst: [0x64100]})
      [100]
  """
  @spec labels(t()) :: [0..0xFFFFF]
  def labels(%__MODULE__{newdst: entries}), do: Encap.Mpls.from_entries(entries)
end

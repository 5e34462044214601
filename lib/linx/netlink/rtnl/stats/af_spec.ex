defmodule Linx.Netlink.Rtnl.Stats.AfSpec do
  @moduledoc """
  What the address families count for a link; the number of each attribute is an address
  family.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Mpls

  codec do
    attr 28, :mpls, {:nested, Mpls}
  end
end

defmodule Linx.Netlink.Rtnl.Stats.AfSpec.Mpls do
  @moduledoc """
  What MPLS counts: `MPLS_STATS_*` of `include/uapi/linux/mpls.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Link

  codec do
    attr 1, :link, Link
  end
end

defmodule Linx.Netlink.Rtnl.Stats.AfSpec.Mpls.Link do
  @moduledoc """
  The labelled packets of a link: `struct mpls_link_stats`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :rx_packets, :u64
      field :tx_packets, :u64
      field :rx_bytes, :u64
      field :tx_bytes, :u64
      field :rx_errors, :u64
      field :tx_errors, :u64
      field :rx_dropped, :u64
      field :tx_dropped, :u64
      field :rx_noroute, :u64
    end
  end
end

defmodule Linx.Netlink.Rtnl.Stats.AfSpec do
  @moduledoc """
  Counters of a link by address family; the number of each attribute is an address family.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Mpls

  codec prefix: "AF_" do
    attr 28, :mpls, {:nested, Mpls}, "counters of MPLS"
  end
end

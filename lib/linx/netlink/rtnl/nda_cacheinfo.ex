defmodule Linx.Netlink.Rtnl.NdaCacheinfo do
  @moduledoc """
  Age of a neighbour or of an entry of a forwarding table: `struct nda_cacheinfo` of
  `include/uapi/linux/neighbour.h`.

  Of a forwarding table, a bridge reports `used` as `confirmed`, too, and `refcnt` is 0.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct nda_cacheinfo", prefix: "ndm_" do
      field :confirmed, :u32, "time since the last confirmation, 1/100 s", volatile: true
      field :used, :u32, "time since the last use, 1/100 s", volatile: true
      field :updated, :u32, "time since the last update, 1/100 s", volatile: true
      field :refcnt, :u32, "number of references", volatile: true
    end
  end
end

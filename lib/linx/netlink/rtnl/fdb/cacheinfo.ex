defmodule Linx.Netlink.Rtnl.Fdb.Cacheinfo do
  @moduledoc """
  Age of an entry of a forwarding table: `struct nda_cacheinfo` of
  `include/uapi/linux/neighbour.h`.

  `used` and `updated` are the hundredths of a second since the entry was; a bridge reports `used`
  as `confirmed`, too. `refcnt` is 0.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct nda_cacheinfo", prefix: "ndm_" do
      field :confirmed, :u32
      field :used, :u32
      field :updated, :u32
      field :refcnt, :u32
    end
  end
end

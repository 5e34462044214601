defmodule Linx.Netlink.Rtnl.Neighbour.Cacheinfo do
  @moduledoc """
  Age of an entry: `struct nda_cacheinfo`.

  Hundredths of a second since it was `confirmed`, `used` and `updated`; `refcnt` counts
  its users.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :confirmed, :u32, volatile: true
      field :used, :u32, volatile: true
      field :updated, :u32, volatile: true
      field :refcnt, :u32, volatile: true
    end
  end
end

defmodule Linx.Netlink.Rtnl.Neighbour.FdbExtAttrs do
  @moduledoc """
  What a bridge is to do as an entry ages: `NFEA_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :activity_notify, {:flags, :u8, bit: 0x1, inactive_bit: 0x2}
    attr 2, :dont_refresh, :flag
  end
end

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

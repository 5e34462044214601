defmodule Linx.Netlink.Rtnl.Fdb.Cacheinfo do
  @moduledoc """
  Age of an entry: `struct nda_cacheinfo`.

  Hundredths of a second since it was `used` and `updated`; a bridge gives the former as
  `confirmed`, too. `refcnt` is 0.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :confirmed, :u32
      field :used, :u32
      field :updated, :u32
      field :refcnt, :u32
    end
  end
end

defmodule Linx.Netlink.Rtnl.Address.Cacheinfo do
  @moduledoc """
  Lifetimes of an address: `struct ifa_cacheinfo` of `include/uapi/linux/if_addr.h`.

  `prefered` and `valid` are the seconds that are left, 4294967295 for ever. `cstamp` and `tstamp`
  are the times of creation and last change, in hundredths of a second since boot.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifa_cacheinfo" do
      field :prefered, :u32, "preferred lifetime that is left, s",
        volatile: true,
        c: "ifa_prefered"

      field :valid, :u32, "valid lifetime that is left, s", volatile: true, c: "ifa_valid"
      field :cstamp, :u32, "time of creation since boot, 1/100 s", volatile: true
      field :tstamp, :u32, "time of the last change since boot, 1/100 s", volatile: true
    end
  end
end

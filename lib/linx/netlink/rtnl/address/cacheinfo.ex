defmodule Linx.Netlink.Rtnl.Address.Cacheinfo do
  @moduledoc """
  Lifetimes of an address: `struct ifa_cacheinfo` of `include/uapi/linux/if_addr.h`.

  `prefered` and `valid` are the seconds that are left, 4294967295 for ever. `cstamp` and `tstamp`
  are the times of creation and last change, in hundredths of a second since boot.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifa_cacheinfo" do
      field :prefered, :u32, volatile: true, c: "ifa_prefered"
      field :valid, :u32, volatile: true, c: "ifa_valid"
      field :cstamp, :u32, volatile: true
      field :tstamp, :u32, volatile: true
    end
  end
end

defmodule Linx.Netlink.Rtnl.Route.Cacheinfo do
  @moduledoc """
  Usage and remaining lifetime of a route.

  Kernel side: `struct rta_cacheinfo` of `include/uapi/linux/rtnetlink.h`.

  `expires` is the remaining lifetime and `lastuse` the time since the last use, both in hundredths
  of a second. `error` is the errno that a route of a refusing type returns, positive or negative
  by kernel and family.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct rta_cacheinfo", prefix: "rta_" do
      field :clntref, :u32, "number of references", volatile: true
      field :lastuse, :u32, "time since the last use, 1/100 s", volatile: true
      field :expires, :s32, "lifetime that is left, 1/100 s", volatile: true
      field :error, :s32, "errno that the route returns"
      field :used, :u32, "number of uses", volatile: true
      field :id, :u32, "unused"
      field :ts, :u32, "unused", volatile: true
      field :tsage, :u32, "unused", volatile: true
    end
  end
end

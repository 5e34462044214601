defmodule Linx.Netlink.Rtnl.Link.Cacheinfo do
  @moduledoc """
  IPv6 timing of a link: `struct ifla_cacheinfo`.

  `reachable_time` and `retrans_time` in milliseconds, `tstamp` in hundredths of a
  second since boot.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_cacheinfo" do
      field :max_reasm_len, :u32
      field :tstamp, :u32, volatile: true
      field :reachable_time, :u32, volatile: true
      field :retrans_time, :u32
    end
  end
end

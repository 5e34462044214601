defmodule Linx.Netlink.Rtnl.Link.Cacheinfo do
  @moduledoc """
  IPv6 timing of a link: `struct ifla_cacheinfo`.

  `reachable_time` and `retrans_time` in milliseconds, `tstamp` in hundredths of a
  second since boot.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_cacheinfo" do
      field :max_reasm_len, :u32, "largest packet after reassembly, bytes"
      field :tstamp, :u32, "last change of the settings, 1/100 s since boot", volatile: true
      field :reachable_time, :u32, "time for which a neighbour is reachable, ms", volatile: true
      field :retrans_time, :u32, "time between neighbour solicitations, ms"
    end
  end
end

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

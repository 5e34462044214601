defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Berr do
  @moduledoc """
  Error counters of a CAN controller: `struct can_berr_counter`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct can_berr_counter" do
      field :txerr, :u16, "transmit error counter"
      field :rxerr, :u16, "receive error counter"
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.DpllPin do
  @moduledoc """
  The clock pin behind a link: `DPLL_A_PIN_ID` of `include/uapi/linux/dpll.h`; `nil`
  where there is none.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :id, :u32
  end
end

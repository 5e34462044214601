defmodule Linx.Netlink.Rtnl.Link.DpllPin do
  @moduledoc """
  DPLL pin of a link: `DPLL_A_PIN_ID` of `include/uapi/linux/dpll.h`; `nil` for a link without
  one.
  """

  use Linx.Netlink.Codec

  codec prefix: "DPLL_A_PIN_" do
    attr 1, :id, :u32, "identifier of the pin"
  end
end

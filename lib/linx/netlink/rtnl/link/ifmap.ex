defmodule Linx.Netlink.Rtnl.Link.Ifmap do
  @moduledoc """
  Where the hardware of a link is: `struct rtnl_link_ifmap`, all zero for most.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :mem_start, :u64
      field :mem_end, :u64
      field :base_addr, :u64
      field :irq, :u16
      field :dma, :u8
      field :port, :u8
      pad 4
    end
  end
end

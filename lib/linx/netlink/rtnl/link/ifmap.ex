defmodule Linx.Netlink.Rtnl.Link.Ifmap do
  @moduledoc """
  Hardware resources of a link: `struct rtnl_link_ifmap`; all zero for most links.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct rtnl_link_ifmap" do
      field :mem_start, :u64, "start of the shared memory"
      field :mem_end, :u64, "end of the shared memory"
      field :base_addr, :u64, "I/O base address"
      field :irq, :u16, "interrupt number"
      field :dma, :u8, "DMA channel"
      field :port, :u8, "interface port, such as AUI or BNC"
      pad 4
    end
  end
end

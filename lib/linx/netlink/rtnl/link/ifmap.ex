defmodule Linx.Netlink.Rtnl.Link.Ifmap do
  @moduledoc """
  Hardware resources of a link: `struct rtnl_link_ifmap`; all zero for most links.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct rtnl_link_ifmap" do
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

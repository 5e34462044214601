defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.Cfm do
  @moduledoc """
  Keys of connectivity fault management.

  Kernel side: `TCA_FLOWER_KEY_CFM_*` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "TCA_FLOWER_KEY_CFM_" do
    attr 1, :md_level, :u8, "level of the maintenance domain"
    attr 2, :opcode, :u8, "operation"
  end

  options(
    mdl: {0..7, "level of the maintenance domain", field: [:md_level]},
    op: {0..255, "operation", field: [:opcode]}
  )
end

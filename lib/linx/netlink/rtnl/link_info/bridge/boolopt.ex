defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Boolopt do
  @moduledoc """
  Boolean options of a bridge with the mask of valid bits: `struct br_boolopt_multi` of
  `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  @options [
    no_ll_learn: 0x1,
    mcast_vlan_snooping: 0x2,
    mst_enable: 0x4,
    mdb_offload_fail_notification: 0x8
  ]

  @doc false
  @spec __names__() :: keyword(pos_integer())
  def __names__, do: @options

  codec do
    header "struct br_boolopt_multi" do
      field :flags, {:flags, :u32, @options}, "options that are on",
        c: "optval",
        values: {:bit, "BR_BOOLOPT_"}

      field :mask, :u32, "options that a request changes, or the kernel knows", c: "optmask"
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.BridgeMst do
  @moduledoc """
  State of a bridge port in one of several spanning trees: `IFLA_BRIDGE_MST_ENTRY_*`.

  Kernel side: `include/uapi/linux/if_bridge.h` and `net/bridge/br_mst.c`. `msti` is the
  number of the tree; 0 is the common tree, whose state is that of `protinfo`.

      :ok = Linx.Netlink.Rtnl.Vlan.set_mst(sock, "eth1", 7, state: :blocking)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Link.BridgeNames

  @states BridgeNames.states()

  codec prefix: "IFLA_BRIDGE_MST_ENTRY_" do
    attr 1, :msti, :u16, "number of the tree, 0 to 4095"

    attr 2, :state, {:enum, :u8, @states}, "STP state of the port in this tree",
      values: "BR_STATE_"
  end

  options(state: {{:enum, @states}, "STP state of the port in this tree", required: true})
end

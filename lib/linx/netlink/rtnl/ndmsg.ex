defmodule Linx.Netlink.Rtnl.Ndmsg do
  @moduledoc false
  # Attributes that neighbours and entries of a forwarding table share: NDA_* of
  # include/uapi/linux/neighbour.h.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Names

  codec prefix: "NDA_" do
    attr 5, :vlan, :u16, "VLAN id"
    attr 6, :port, :be16, "UDP port of the remote end"
    attr 7, :vni, :u32, "network identifier to send, of a VXLAN"
    attr 8, :via, :u32, "index of the outgoing link (NDA_IFINDEX)", c: "NDA_IFINDEX"
    attr 10, :link_netnsid, :s32, "id of the namespace of `via`"
    attr 11, :src_vni, :u32, "network identifier received, of a VXLAN"
    attr 13, :nh_id, :u32, "id of a nexthop object"

    attr 15, :flags_ext, {:flags, :u32, Names.neighbour_flags_ext()}, "further flags",
      values: "NTF_EXT_"

    attr 16,
         :ndm_state_mask,
         {:flags, :u16, Names.neighbour_states()},
         "states that a flush compares, request only",
         values: "NUD_"
  end
end

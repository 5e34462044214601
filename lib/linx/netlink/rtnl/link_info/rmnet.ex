defmodule Linx.Netlink.Rtnl.LinkInfo.Rmnet do
  @moduledoc """
  Channel of a Qualcomm modem: kind `"rmnet"`.

  Kernel side: `IFLA_RMNET_*` of `include/uapi/linux/if_link.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias __MODULE__.Flags

  @flags [
    ingress_deaggregation: 0x1,
    ingress_map_commands: 0x2,
    ingress_map_cksumv4: 0x4,
    egress_map_cksumv4: 0x8,
    ingress_map_cksumv5: 0x10,
    egress_map_cksumv5: 0x20
  ]

  codec do
    attr 1, :mux_id, :u16
    attr 2, :flags, Flags
  end

  options(
    parent: {:link, "link of the modem", field: [:.., :link], required: true},
    mux_id: {1..254, "channel", required: true},
    flags: {{:masked, @flags, Flags}, "data format"}
  )
end

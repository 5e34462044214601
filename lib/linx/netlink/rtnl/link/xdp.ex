defmodule Linx.Netlink.Rtnl.Link.Xdp do
  @moduledoc """
  XDP programs of a link: `IFLA_XDP_*`.
  """

  use Linx.Netlink.Codec

  @attached [none: 0, drv: 1, skb: 2, hw: 3, multi: 4]
  @flags [update_if_noexist: 0x1, skb_mode: 0x2, drv_mode: 0x4, hw_mode: 0x8, replace: 0x10]

  codec prefix: "IFLA_XDP_" do
    attr 1, :fd, :s32, "descriptor of the program to attach, -1 to detach; requests only"

    attr 2, :attached, {:enum, :u8, @attached}, "mode of the attached program",
      values: "XDP_ATTACHED_"

    attr 3, :flags, {:flags, :u32, @flags}, "flags of a request", values: "XDP_FLAGS_"
    attr 4, :prog_id, :u32, "identifier of the attached program"
    attr 5, :drv_prog_id, :u32, "identifier of the program in the driver"
    attr 6, :skb_prog_id, :u32, "identifier of the program in the network stack"
    attr 7, :hw_prog_id, :u32, "identifier of the program in the hardware"
    attr 8, :expected_fd, :s32, "descriptor of the program to replace; requests only"
  end
end

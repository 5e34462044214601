defmodule Linx.Netlink.Rtnl.Link.Xdp do
  @moduledoc """
  XDP programs of a link: `IFLA_XDP_*`.
  """

  use Linx.Netlink.Codec

  @attached [none: 0, drv: 1, skb: 2, hw: 3, multi: 4]
  @flags [update_if_noexist: 0x1, skb_mode: 0x2, drv_mode: 0x4, hw_mode: 0x8, replace: 0x10]

  codec prefix: "IFLA_XDP_" do
    attr 1, :fd, :s32
    attr 2, :attached, {:enum, :u8, @attached}, values: "XDP_ATTACHED_"
    attr 3, :flags, {:flags, :u32, @flags}, values: "XDP_FLAGS_"
    attr 4, :prog_id, :u32
    attr 5, :drv_prog_id, :u32
    attr 6, :skb_prog_id, :u32
    attr 7, :hw_prog_id, :u32
    attr 8, :expected_fd, :s32
  end
end

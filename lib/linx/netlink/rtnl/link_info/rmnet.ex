defmodule Linx.Netlink.Rtnl.LinkInfo.Rmnet do
  @moduledoc """
  Channel of a Qualcomm modem: kind `"rmnet"`.

  Kernel side: `IFLA_RMNET_*` of `include/uapi/linux/if_link.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias __MODULE__.Flags

  codec prefix: "IFLA_RMNET_" do
    attr 1, :mux_id, :u16, "channel"
    attr 2, :flags, Flags, "data format"
  end

  options(
    parent: {:link, "link of the modem", field: [:.., :link], required: true},
    mux_id: {1..254, "channel", required: true},
    flags: {{:masked, Flags.__flags__(), Flags}, "data format"}
  )
end

defmodule Linx.Netlink.Generic.Taskstats.CgroupQuery do
  @moduledoc false
  # CGROUPSTATS_CMD_GET.

  use Linx.Netlink.Codec

  codec prefix: "CGROUPSTATS_CMD_ATTR_" do
    header Linx.Netlink.Generic.Header
    attr 1, :fd, :u32, "descriptor of the folder, of the calling process"
  end
end

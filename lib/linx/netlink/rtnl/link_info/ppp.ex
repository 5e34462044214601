defmodule Linx.Netlink.Rtnl.LinkInfo.Ppp do
  @moduledoc """
  What makes a link a PPP unit: kind `"ppp"`.

  Kernel side: `IFLA_PPP_*` of `include/uapi/linux/if_link.h`. The descriptor is one of
  `/dev/ppp`; it is only written.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec do
    attr 1, :dev_fd, :s32
  end

  options(dev_fd: {0..0x7FFFFFFF, "descriptor of `/dev/ppp`", required: true, only: :create})
end

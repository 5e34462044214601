defmodule Linx.Netlink.Rtnl.LinkInfo.Ppp do
  @moduledoc """
  PPP unit: kind `"ppp"`.

  Kernel side: `IFLA_PPP_*` of `include/uapi/linux/if_link.h`. `dev_fd` is a descriptor of
  `/dev/ppp`, for requests only.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "IFLA_PPP_" do
    attr 1, :dev_fd, :s32, "descriptor of `/dev/ppp`"
  end

  options(dev_fd: {0..0x7FFFFFFF, "descriptor of `/dev/ppp`", required: true, only: :create})
end

defmodule Linx.Netlink.Nfnl.Conntrack.Secctx do
  @moduledoc """
  Security context of a connection: `CTA_SECCTX_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "CTA_SECCTX_" do
    attr 1, :name, :string, "security context, such as an SELinux label"
  end
end

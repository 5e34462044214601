defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo do
  @moduledoc """
  State of a connection that depends on its protocol: `CTA_PROTOINFO_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Sctp, Tcp}

  codec prefix: "CTA_PROTOINFO_" do
    attr 1, :tcp, {:nested, Tcp}, "state of TCP"
    attr 3, :sctp, {:nested, Sctp}, "state of SCTP"
  end
end

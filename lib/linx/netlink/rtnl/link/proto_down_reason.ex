defmodule Linx.Netlink.Rtnl.Link.ProtoDownReason do
  @moduledoc """
  Reasons for which protocols hold a link down: `IFLA_PROTO_DOWN_REASON_*`.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_PROTO_DOWN_REASON_" do
    attr 1, :mask, :u32, "reasons that a request changes, bits"
    attr 2, :value, :u32, "reasons, bits"
  end
end

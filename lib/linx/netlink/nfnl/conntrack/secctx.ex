defmodule Linx.Netlink.Nfnl.Conntrack.Secctx do
  @moduledoc """
  The security context of a connection: `CTA_SECCTX_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
  end
end

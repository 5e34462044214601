defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo do
  @moduledoc """
  What the kernel knows of a connection by its protocol: `CTA_PROTOINFO_*`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Sctp, Tcp}

  codec do
    attr 1, :tcp, {:nested, Tcp}
    attr 3, :sctp, {:nested, Sctp}
  end
end

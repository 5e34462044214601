defmodule Linx.Netlink.Nfnl.Conntrack.Help do
  @moduledoc """
  The helper of a connection, such as `"ftp"`: `CTA_HELP_*`. A helper parses packets of the connection
  and expects related ones.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "CTA_HELP_" do
    attr 1, :name, :string
    attr 2, :info, :binary
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Help do
  @moduledoc """
  The helper of a connection, such as `"ftp"`: `CTA_HELP_*`. A helper parses packets of the connection
  and expects related ones.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "CTA_HELP_" do
    attr 1, :name, :string, "name of the helper, such as \"ftp\""
    attr 2, :info, :binary, "data of the helper"
  end
end

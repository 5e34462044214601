defmodule Linx.Netlink.Nfnl.Conntrack.Help do
  @moduledoc """
  The helper that looks into a connection's packets, such as `"ftp"`: `CTA_HELP_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
    attr 2, :info, :binary
  end
end

defmodule Linx.Netlink.Rtnl.Link.PropList do
  @moduledoc """
  Alternative names of a link, up to 127 bytes each: `IFLA_PROP_LIST`.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_" do
    attr 53, :alt_ifname, {:repeated, :string}, "alternative names, up to 127 bytes each"
  end
end

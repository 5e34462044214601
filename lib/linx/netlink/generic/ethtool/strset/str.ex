defmodule Linx.Netlink.Generic.Ethtool.Strset.Str do
  @moduledoc """
  String of a set, as it is in a message.

  Kernel side: `ETHTOOL_A_STRING_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_STRING_" do
    attr 1, :index, :u32, "number of the bit or the statistic"
    attr 2, :value, :string, "the string"
  end
end

defmodule Linx.Netlink.Generic.Macsec.Offload do
  @moduledoc """
  Offload of a MACsec link.

  Kernel side: `MACSEC_OFFLOAD_ATTR_*` of `include/uapi/linux/if_macsec.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo

  @types LinkInfo.Macsec.__names__(:offloads)

  codec prefix: "MACSEC_OFFLOAD_ATTR_" do
    attr 1, :type, {:enum, :u8, @types}, "offload to the PHY or MAC", values: "MACSEC_OFFLOAD_"
  end

  @doc false
  @spec types() :: keyword(non_neg_integer())
  def types, do: @types
end

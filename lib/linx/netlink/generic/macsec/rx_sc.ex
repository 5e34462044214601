defmodule Linx.Netlink.Generic.Macsec.RxSc do
  @moduledoc """
  Secure channel in which a MACsec link receives the frames of a peer.

  Kernel side: `MACSEC_RXSC_ATTR_*` of `include/uapi/linux/if_macsec.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Macsec.{RxScStats, Sa}

  codec prefix: "MACSEC_RXSC_ATTR_" do
    attr 1, :sci, :be64, "identifier: MAC address and port"
    attr 2, :active, {:bool, :u8}, "frames are accepted"
    attr 3, :sa_list, {:array, {:nested, Sa}}, "associations"
    attr 4, :stats, {:nested, RxScStats}, "counters"
  end
end

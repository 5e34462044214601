defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Erspan do
  @moduledoc """
  ERSPAN header of a tunnel: version 1 with `v1_index`, version 2 with `v2_hwid` and `v2_dir`:
  `NFTA_TUNNEL_KEY_ERSPAN_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_TUNNEL_KEY_ERSPAN_" do
    attr 1, :version, :be32, "version: 1 or 2"
    attr 2, :v1_index, :be32, "index, version 1"
    attr 3, :v2_hwid, :u8, "hardware id, version 2"

    attr 4,
         :v2_dir,
         {:enum, :u8, ingress: 0, egress: 1},
         "direction of the mirrored traffic, version 2",
         values: {:kernel, "include/net/erspan.h"}
  end
end

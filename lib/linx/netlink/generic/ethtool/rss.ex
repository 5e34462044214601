defmodule Linx.Netlink.Generic.Ethtool.Rss do
  @moduledoc """
  Distribution of received packets to queues.

  Kernel side: `ETHTOOL_A_RSS_*` of `include/uapi/linux/ethtool_netlink.h`.

  `Ethtool.list(sock, :rss, link: "eth0")` reads all contexts of a link (from Linux 6.12). Setting it is from
  Linux 6.17. The context 0 is `nil` in the struct.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev
  alias __MODULE__.FlowHash

  # ETH_RSS_HASH_* of include/linux/ethtool.h, RXH_XFRM_* of include/uapi/linux/ethtool.h.
  @hfuncs [toeplitz: 0x1, xor: 0x2, crc32: 0x4]
  @xfrms [sym_xor: 0x1, sym_or_xor: 0x2]

  codec prefix: "ETHTOOL_A_RSS_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_RSS_HEADER"
    attr 2, :context, :u32, "number of the context"

    attr 3, :hfunc, {:enum, :u32, @hfuncs}, "hash function",
      values: {:kernel, "include/linux/ethtool.h"}

    attr 4, :indir, {:packed, :u32}, "queue for each value of the hash"
    attr 5, :hkey, :binary, "key of the hash"

    attr 6, :input_xfrm, {:flags, :u32, @xfrms}, "changes of the hash's input",
      values: "RXH_XFRM_"

    attr 7, :start_context, :u32, "first context of a list, request only"
    attr 8, :flow_hash, {:nested, FlowHash}, "fields of a packet that are hashed"
  end

  options(
    context: {0..0xFFFFFFFF, "number of the context"},
    hfunc: {{:enum, @hfuncs}, "hash function", values: {:kernel, "include/linux/ethtool.h"}},
    indir:
      {{:list, 0..0xFFFFFFFF}, "queue for each value of the hash; `[]` for those of the driver"},
    hkey: {:bytes, "key of the hash"},
    input_xfrm: {{:flags, @xfrms}, "changes of the hash's input", values: "RXH_XFRM_"},
    flow_hash: {FlowHash.option(), "fields of a packet that are hashed"}
  )

  @doc false
  # The table of options of a request.
  def query, do: [context: {0..0xFFFFFFFF, "number of the context, 0 if not given"}]

  @doc false
  # The table of options of a list.
  def filters, do: [start_context: {0..0xFFFFFFFF, "first context"}]
end

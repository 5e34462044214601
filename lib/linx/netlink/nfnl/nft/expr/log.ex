defmodule Linx.Netlink.Nfnl.Nft.Expr.Log do
  @moduledoc """
  Logs the packet: to the kernel's log, or with `group` to `Linx.Netlink.Nfnl.Log`.

  Kernel side: `NFTA_LOG_*` of `include/uapi/linux/netfilter/nf_tables.h`, `NF_LOG_*` of
  `nf_log.h` beside it.

      %Expr.Log{group: 5, prefix: "dropped "}

  `snaplen` (bytes of a packet that are copied) and `qthreshold` (packets that are queued before they
  are sent) go with `group`; `level` and `flags` with the kernel's log.
  """

  use Linx.Netlink.Codec

  @levels [
    emerg: 0,
    alert: 1,
    crit: 2,
    err: 3,
    warning: 4,
    notice: 5,
    info: 6,
    debug: 7,
    audit: 8
  ]

  @flags [tcpseq: 0x1, tcpopt: 0x2, ipopt: 0x4, uid: 0x8, nflog: 0x10, macdecode: 0x20]

  codec prefix: "NFTA_LOG_" do
    attr 1, :group, :be16, "number of the group of `Linx.Netlink.Nfnl.Log`"
    attr 2, :prefix, :string, "prefix of the log entry"
    attr 3, :snaplen, :be32, "bytes of a packet that are copied"
    attr 4, :qthreshold, :be16, "packets queued before they are sent"
    attr 5, :level, {:enum, :be32, @levels}, "level in the kernel's log", values: "NFT_LOGLEVEL_"
    attr 6, :flags, {:flags, :be32, @flags}, "fields in the kernel's log", values: "NF_LOG_"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Counter do
  @moduledoc """
  Counts packets and their bytes; a new one may begin at given numbers.

  Kernel side: `NFTA_COUNTER_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :bytes, :be64
    attr 2, :packets, :be64
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Log do
  @moduledoc """
  Logs the packet, to the kernel's log, or with `group` to `Linx.Netlink.Nfnl.Log`.

  Kernel side: `NFTA_LOG_*` of `include/uapi/linux/netfilter/nf_tables.h`, `NF_LOG_*` of
  `nf_log.h` beside it.

      %Expr.Log{group: 5, prefix: "dropped "}

  With `group`: `snaplen`, how many bytes of a packet are handed on, and `qthreshold`, how many
  packets are gathered first. Without: `level` and `flags`.
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

  codec do
    attr 1, :group, :be16
    attr 2, :prefix, :string
    attr 3, :snaplen, :be32
    attr 4, :qthreshold, :be16
    attr 5, :level, {:enum, :be32, @levels}
    attr 6, :flags, {:flags, :be32, @flags}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Reject do
  @moduledoc """
  Drops the packet and tells its sender, by ICMP or by a TCP reset.

  Kernel side: `NFTA_REJECT_*` of `include/uapi/linux/netfilter/nf_tables.h`. `icmp_code` is
  that of the packet's own ICMP; with `:icmpx_unreach`, 0 no route, 1 port unreachable, 2 host
  unreachable, 3 prohibited, whatever the family.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :type, {:enum, :be32, icmp_unreach: 0, tcp_rst: 1, icmpx_unreach: 2}
    attr 2, :icmp_code, :u8
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Nat do
  @moduledoc """
  Translates source or destination to an address, a port, or a range of them, in registers.

  Kernel side: `NFTA_NAT_*` of `include/uapi/linux/netfilter/nf_tables.h`, `NF_NAT_RANGE_*` of
  `nf_nat.h` beside it. `family` is that of the addresses, which in a table of `inet` has to be
  said. The kernel sets the first two flags by itself.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family
  alias Linx.Netlink.Nfnl.Nft.NatFlags

  codec do
    attr 1, :type, {:enum, :be32, snat: 0, dnat: 1}
    attr 2, :family, {:enum, :be32, Family.firewall()}
    attr 3, :reg_addr_min, :be32
    attr 4, :reg_addr_max, :be32
    attr 5, :reg_proto_min, :be32
    attr 6, :reg_proto_max, :be32
    attr 7, :flags, {:flags, :be32, NatFlags.names()}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Masq do
  @moduledoc """
  Translates the source to the address of the link the packet leaves by.

  Kernel side: `NFTA_MASQ_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      %Expr.Masq{flags: [:proto_random]}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.NatFlags

  codec do
    attr 1, :flags, {:flags, :be32, NatFlags.names()}
    attr 2, :reg_proto_min, :be32
    attr 3, :reg_proto_max, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Redir do
  @moduledoc """
  Translates the destination to this machine, and the port to that in a register.

  Kernel side: `NFTA_REDIR_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.NatFlags

  codec do
    attr 1, :reg_proto_min, :be32
    attr 2, :reg_proto_max, :be32
    attr 3, :flags, {:flags, :be32, NatFlags.names()}
  end
end

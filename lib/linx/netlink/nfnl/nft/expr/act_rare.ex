defmodule Linx.Netlink.Nfnl.Nft.Expr.Queue do
  @moduledoc """
  Hands the packet to a program that listens on queue `num`, or on one of `total` from there on.

  Kernel side: `NFTA_QUEUE_*` of `include/uapi/linux/netfilter/nf_tables.h`. With `:bypass` the
  packet goes on if nobody listens.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :num, :be16
    attr 2, :total, :be16
    attr 3, :flags, {:flags, :be16, bypass: 0x1, cpu_fanout: 0x2}
    attr 4, :sreg_qnum, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Tproxy do
  @moduledoc """
  Gives the packet to a local socket bound to the address and port in registers.

  Kernel side: `NFTA_TPROXY_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    attr 1, :family, {:enum, :be32, Family.firewall()}
    attr 2, :reg_addr, :be32
    attr 3, :reg_port, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Dup do
  @moduledoc """
  Sends a copy of the packet to the address, by the link, in registers.

  Kernel side: `NFTA_DUP_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :sreg_addr, :be32
    attr 2, :sreg_dev, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Fwd do
  @moduledoc """
  Sends the packet out by the link in a register, to the neighbour with an address in another.

  Kernel side: `NFTA_FWD_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    attr 1, :sreg_dev, :be32
    attr 2, :sreg_addr, :be32
    attr 3, :nfproto, {:enum, :be32, Family.firewall()}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Synproxy do
  @moduledoc """
  Answers SYNs in the place of a server, and connects to it only when the client is real.

  Kernel side: `NFTA_SYNPROXY_*` of `include/uapi/linux/netfilter/nf_tables.h`, `NF_SYNPROXY_OPT_*`
  of `nf_synproxy.h` beside it.
  """

  use Linx.Netlink.Codec

  @flags [mss: 0x1, wscale: 0x2, sack_perm: 0x4, timestamp: 0x8, ecn: 0x10]

  codec do
    attr 1, :mss, :be16
    attr 2, :wscale, :u8
    attr 3, :flags, {:flags, :be32, @flags}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.FlowOffload do
  @moduledoc """
  Puts the packet's connection into the flowtable named `table_name`.

  Kernel side: `NFTA_FLOW_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :table_name, :string
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Match do
  @moduledoc """
  A match of `iptables`, by name and revision; `info` is its C struct.

  Kernel side: `NFTA_MATCH_*` of `include/uapi/linux/netfilter/nf_tables_compat.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
    attr 2, :rev, :be32
    attr 3, :info, :binary
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Target do
  @moduledoc """
  A target of `iptables`, by name and revision; `info` is its C struct.

  Kernel side: `NFTA_TARGET_*` of `include/uapi/linux/netfilter/nf_tables_compat.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
    attr 2, :rev, :be32
    attr 3, :info, :binary
  end
end

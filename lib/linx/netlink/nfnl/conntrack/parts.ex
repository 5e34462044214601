defmodule Linx.Netlink.Nfnl.Conntrack.Counters do
  @moduledoc """
  Packets of one direction, and their bytes: `CTA_COUNTERS_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :packets, :be64
    attr 2, :bytes, :be64
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Timestamp do
  @moduledoc """
  When a connection began, and ended: `CTA_TIMESTAMP_*`, in nanoseconds since 1970.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :start, :be64
    attr 2, :stop, :be64
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo do
  @moduledoc """
  What the kernel knows of a connection by its protocol: `CTA_PROTOINFO_*`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Sctp, Tcp}

  codec do
    attr 1, :tcp, {:nested, Tcp}
    attr 3, :sctp, {:nested, Sctp}
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo.Tcp do
  @moduledoc """
  The state of a TCP connection, and what each side said: `CTA_PROTOINFO_TCP_*`.

  Kernel side: `enum tcp_conntrack` of `include/uapi/linux/netfilter/nf_conntrack_tcp.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Flags

  @states [
    none: 0,
    syn_sent: 1,
    syn_recv: 2,
    established: 3,
    fin_wait: 4,
    close_wait: 5,
    last_ack: 6,
    time_wait: 7,
    close: 8,
    syn_sent2: 9
  ]

  codec do
    attr 1, :state, {:enum, :u8, @states}
    attr 2, :wscale_original, :u8
    attr 3, :wscale_reply, :u8
    attr 4, :flags_original, Flags
    attr 5, :flags_reply, Flags
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo.Tcp.Flags do
  @moduledoc """
  Properties of one side of a TCP connection, and when writing, which of them are meant:
  `struct nf_ct_tcp_flags`.
  """

  use Linx.Netlink.Codec

  @flags [
    window_scale: 0x01,
    sack_perm: 0x02,
    close_init: 0x04,
    be_liberal: 0x08,
    data_unacknowledged: 0x10,
    maxack_set: 0x20,
    challenge_ack: 0x40,
    simultaneous_open: 0x80
  ]

  codec do
    header do
      field :flags, {:flags, :u8, @flags}
      field :mask, {:flags, :u8, @flags}
    end
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo.Sctp do
  @moduledoc """
  State and verification tags of an SCTP association: `CTA_PROTOINFO_SCTP_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :state, :u8
    attr 2, :vtag_original, :be32
    attr 3, :vtag_reply, :be32
  end
end

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

defmodule Linx.Netlink.Nfnl.Conntrack.Secctx do
  @moduledoc """
  The security context of a connection: `CTA_SECCTX_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.SeqAdj do
  @moduledoc """
  How the sequence numbers of one direction are shifted: `CTA_SEQADJ_*`.

  The offsets are signed numbers of 32 bits, here without sign.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :correction_pos, :be32
    attr 2, :offset_before, :be32
    attr 3, :offset_after, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Count do
  @moduledoc """
  How many connections there are, and how many there may be: `CTA_STATS_GLOBAL_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    header do
      field :family, {:enum, :u8, Family.packet()}
      pad 3
    end

    attr 1, :entries, :be32
    attr 2, :max_entries, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Stats do
  @moduledoc """
  What a CPU has counted while tracking: `CTA_STATS_*`. `cpu` is which.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    header do
      field :family, {:enum, :u8, Family.packet()}
      pad 1
      field :cpu, :be16
    end

    attr 2, :found, :be32
    attr 4, :invalid, :be32
    attr 8, :insert, :be32
    attr 9, :insert_failed, :be32
    attr 10, :drop, :be32
    attr 11, :early_drop, :be32
    attr 12, :error, :be32
    attr 13, :search_restart, :be32
    attr 14, :clash_resolve, :be32
    attr 15, :chain_toolong, :be32
  end
end

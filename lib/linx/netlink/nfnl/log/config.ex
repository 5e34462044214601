defmodule Linx.Netlink.Nfnl.Log.Config do
  @moduledoc """
  What is asked of a group of logged packets.

  Kernel side: `NFULA_CFG_*` of `include/uapi/linux/netfilter/nfnetlink_log.h`, which
  `Linx.Netlink.Nfnl.Log` sends. `timeout` is in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family
  alias __MODULE__.{Command, Mode}

  codec do
    header do
      field :family, {:enum, :u8, Family.packet()}
      pad 1
      field :group, :be16
    end

    attr 1, :cmd, Command
    attr 2, :mode, Mode
    attr 3, :nlbufsiz, :be32
    attr 4, :timeout, :be32
    attr 5, :qthresh, :be32
    attr 6, :flags, {:flags, :be16, seq: 0x1, seq_global: 0x2, conntrack: 0x4}
  end
end

defmodule Linx.Netlink.Nfnl.Log.Config.Command do
  @moduledoc """
  Whether a group is taken or let go of: `struct nfulnl_msg_config_cmd`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :command, {:enum, :u8, none: 0, bind: 1, unbind: 2, pf_bind: 3, pf_unbind: 4}
    end
  end
end

defmodule Linx.Netlink.Nfnl.Log.Config.Mode do
  @moduledoc """
  How much of a packet is handed on: `struct nfulnl_msg_config_mode`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :copy_range, :be32
      field :copy_mode, {:enum, :u8, none: 0, meta: 1, packet: 2}
      pad 1
    end
  end
end

defmodule Linx.Netlink.Nfnl.Log.Config do
  @moduledoc """
  Configuration of a group of logged packets.

  Kernel side: `NFULA_CFG_*` of `include/uapi/linux/netfilter/nfnetlink_log.h`.
  `Linx.Netlink.Nfnl.Log.start_link/1` sends it. `timeout` is in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.PacketHeader
  alias __MODULE__.{Command, Mode}

  codec prefix: "NFULA_CFG_" do
    header(PacketHeader, as: [res_id: :group])

    attr 1, :cmd, Command
    attr 2, :mode, Mode
    attr 3, :nlbufsiz, :be32
    attr 4, :timeout, :be32
    attr 5, :qthresh, :be32

    attr 6, :flags, {:flags, :be16, seq: 0x1, seq_global: 0x2, conntrack: 0x4},
      values: "NFULNL_CFG_F_"
  end
end

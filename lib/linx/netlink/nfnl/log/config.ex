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
    header PacketHeader, as: [res_id: :group]

    attr 1, :cmd, Command, "command"
    attr 2, :mode, Mode, "copy mode"
    attr 3, :nlbufsiz, :be32, "largest size of the queue, bytes"
    attr 4, :timeout, :be32, "longest time in the queue, 1/100 s"
    attr 5, :qthresh, :be32, "packets queued before they are sent"

    attr 6,
         :flags,
         {:flags, :be16, seq: 0x1, seq_global: 0x2, conntrack: 0x4},
         "further fields of each packet",
         values: "NFULNL_CFG_F_"
  end
end

defmodule Linx.Netlink.Nfnl.Log.Config.Mode do
  @moduledoc """
  Copy mode of a group: `struct nfulnl_msg_config_mode`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_log.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct nfulnl_msg_config_mode" do
      field :copy_range, :be32, "bytes of a packet that are copied; 0 for all"

      field :copy_mode, {:enum, :u8, none: 0, meta: 1, packet: 2}, "what is copied",
        values: "NFULNL_COPY_"

      pad 1
    end
  end
end

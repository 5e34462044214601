defmodule Linx.Netlink.Nfnl.Log.Config.Command do
  @moduledoc """
  Command that binds or unbinds a group: `struct nfulnl_msg_config_cmd`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_log.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct nfulnl_msg_config_cmd" do
      field :command,
            {:enum, :u8, none: 0, bind: 1, unbind: 2, pf_bind: 3, pf_unbind: 4},
            "command",
            values: "NFULNL_CFG_CMD_"
    end
  end
end

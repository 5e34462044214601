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

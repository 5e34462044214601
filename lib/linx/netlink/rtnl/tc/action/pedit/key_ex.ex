defmodule Linx.Netlink.Rtnl.Tc.Action.Pedit.KeyEx do
  @moduledoc """
  Header and command of an edit.

  Kernel side: `TCA_PEDIT_KEY_EX_*` of `include/uapi/linux/tc_act/tc_pedit.h`.
  """

  use Linx.Netlink.Codec

  @headers [network: 0, eth: 1, ip: 2, ip6: 3, tcp: 4, udp: 5]

  codec prefix: "TCA_PEDIT_KEY_EX_" do
    attr 1, :htype, {:enum, :u16, @headers}, "header",
      values:
        {"TCA_PEDIT_KEY_EX_HDR_TYPE_",
         ip: "TCA_PEDIT_KEY_EX_HDR_TYPE_IP4", ip6: "TCA_PEDIT_KEY_EX_HDR_TYPE_IP6"}

    attr 2, :cmd, {:enum, :u16, [set: 0, add: 1]}, "command", values: "TCA_PEDIT_KEY_EX_CMD_"
  end
end

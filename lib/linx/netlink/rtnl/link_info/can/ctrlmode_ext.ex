defmodule Linx.Netlink.Rtnl.LinkInfo.Can.CtrlmodeExt do
  @moduledoc """
  Modes that a CAN controller supports: `IFLA_CAN_CTRLMODE_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :supported, :u32
  end
end

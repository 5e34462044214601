defmodule Linx.Netlink.Rtnl.LinkInfo.Can.CtrlmodeExt do
  @moduledoc """
  Modes that a CAN controller supports: `IFLA_CAN_CTRLMODE_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo.Can.Ctrlmode

  codec do
    attr 1, :supported, {:flags, :u32, Ctrlmode.__modes__()}
  end
end

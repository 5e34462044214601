defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Ctrlmode do
  @moduledoc """
  Modes of a CAN controller with the mask of valid bits: `struct can_ctrlmode`.
  """

  use Linx.Netlink.Codec

  @modes [
    loopback: 0x1,
    listenonly: 0x2,
    "3_samples": 0x4,
    one_shot: 0x8,
    berr_reporting: 0x10,
    fd: 0x20,
    presume_ack: 0x40,
    fd_non_iso: 0x80,
    cc_len8_dlc: 0x100,
    tdc_auto: 0x200,
    tdc_manual: 0x400
  ]

  @doc false
  @spec __modes__() :: keyword(pos_integer())
  def __modes__, do: @modes

  codec do
    header "struct can_ctrlmode" do
      field :mask, :u32, "modes that a request changes, bits"
      field :flags, {:flags, :u32, @modes}, "modes that are on", values: "CAN_CTRLMODE_"
    end
  end
end

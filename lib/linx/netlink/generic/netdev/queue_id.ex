defmodule Linx.Netlink.Generic.Netdev.QueueId do
  @moduledoc """
  Queue of a device, by its type and number.

  Kernel side: `NETDEV_A_QUEUE_ID` and `NETDEV_A_QUEUE_TYPE` of `include/uapi/linux/netdev.h`.
  """

  use Linx.Netlink.Codec

  @types [rx: 0, tx: 1]

  codec prefix: "NETDEV_A_QUEUE_" do
    attr 1, :id, :u32, "number, from 0 for each type"
    attr 3, :type, {:enum, :u32, @types}, "type", values: "NETDEV_QUEUE_TYPE_"
  end

  @doc false
  @spec __types__() :: [rx: 0, tx: 1]
  def __types__, do: @types
end

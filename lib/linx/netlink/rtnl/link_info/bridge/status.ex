defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Status do
  @moduledoc """
  State of the spanning tree of a bridge, and its running timers.

  Timers are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo.Bridge.Id

  codec prefix: "IFLA_BR_" do
    attr 10, :root_id, Id
    attr 11, :bridge_id, Id
    attr 12, :root_port, :u16
    attr 13, :root_path_cost, :u32
    attr 14, :topology_change, :u8
    attr 15, :topology_change_detected, :u8
    attr 16, :hello_timer, :u64, volatile: true
    attr 17, :tcn_timer, :u64, volatile: true
    attr 18, :topology_change_timer, :u64, volatile: true
    attr 19, :gc_timer, :u64, volatile: true
  end
end

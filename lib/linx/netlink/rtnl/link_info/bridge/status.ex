defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Status do
  @moduledoc """
  State of the spanning tree of a bridge, and its running timers.

  Timers are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo.Bridge.Id

  codec prefix: "IFLA_BR_" do
    attr 10, :root_id, Id, "identifier of the root bridge"
    attr 11, :bridge_id, Id, "identifier of this bridge"
    attr 12, :root_port, :u16, "number of the port that leads to the root, 0 at the root"
    attr 13, :root_path_cost, :u32, "cost of the path to the root"
    attr 14, :topology_change, {:bool, :u8}, "a change of the topology is in progress"

    attr 15,
         :topology_change_detected,
         {:bool, :u8},
         "this bridge has detected a change of the topology"

    attr 16, :hello_timer, :u64, "time left until the next hello packet, 1/100 s", volatile: true

    attr 17, :tcn_timer, :u64, "time left until the next topology change notification, 1/100 s",
      volatile: true

    attr 18, :topology_change_timer, :u64, "time left until the change ends, 1/100 s",
      volatile: true

    attr 19, :gc_timer, :u64, "time left until learned addresses are aged, 1/100 s",
      volatile: true
  end
end

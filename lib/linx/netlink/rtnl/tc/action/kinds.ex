defmodule Linx.Netlink.Rtnl.Tc.Action.Kinds do
  @moduledoc false
  # The options of each kind of action, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.Action

  table %{
    "gact" => {:nested, Action.Gact},
    "mirred" => {:nested, Action.Mirred},
    "police" => {:nested, Action.Police},
    "skbedit" => {:nested, Action.Skbedit},
    "tunnel_key" => {:nested, Action.TunnelKey},
    "vlan" => {:nested, Action.Vlan}
  }
end

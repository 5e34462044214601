defmodule Linx.Netlink.Rtnl.Tc.Action.Kinds do
  @moduledoc false
  # The options of each kind of action, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.Action

  table %{
    "bpf" => {:nested, Action.Bpf},
    "connmark" => {:nested, Action.Connmark},
    "csum" => {:nested, Action.Csum},
    "ct" => {:nested, Action.Ct},
    "ctinfo" => {:nested, Action.Ctinfo},
    "gact" => {:nested, Action.Gact},
    "gate" => {:nested, Action.Gate},
    "ife" => {:nested, Action.Ife},
    "mirred" => {:nested, Action.Mirred},
    "mpls" => {:nested, Action.Mpls},
    "nat" => {:nested, Action.Nat},
    "pedit" => {:nested, Action.Pedit},
    "police" => {:nested, Action.Police},
    "sample" => {:nested, Action.Sample},
    "simple" => {:nested, Action.Simple},
    "skbedit" => {:nested, Action.Skbedit},
    "skbmod" => {:nested, Action.Skbmod},
    "tunnel_key" => {:nested, Action.TunnelKey},
    "vlan" => {:nested, Action.Vlan}
  }
end

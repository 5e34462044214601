defmodule Linx.Netlink.Rtnl.Tc.Filter.Kinds do
  @moduledoc false
  # The options of each kind of filter, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.Filter

  table %{
    "basic" => {:nested, Filter.Basic},
    "bpf" => {:nested, Filter.Bpf},
    "cgroup" => {:nested, Filter.Cgroup},
    "flow" => {:nested, Filter.Flow},
    "flower" => {:nested, Filter.Flower},
    "fw" => {:nested, Filter.Fw},
    "matchall" => {:nested, Filter.Matchall},
    "route" => {:nested, Filter.Route},
    "u32" => {:nested, Filter.U32}
  }
end

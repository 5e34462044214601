defmodule Linx.Netlink.Rtnl.Tc.Filter.Kinds do
  @moduledoc false
  # The options of each kind of filter, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.Filter

  table %{
    "bpf" => {:nested, Filter.Bpf},
    "flower" => {:nested, Filter.Flower},
    "fw" => {:nested, Filter.Fw},
    "matchall" => {:nested, Filter.Matchall},
    "route" => {:nested, Filter.Route},
    "u32" => {:nested, Filter.U32}
  }
end

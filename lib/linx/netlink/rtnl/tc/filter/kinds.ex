defmodule Linx.Netlink.Rtnl.Tc.Filter.Kinds do
  @moduledoc false
  # The options of each kind of filter, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.Filter

  table %{
    "flower" => {:nested, Filter.Flower},
    "matchall" => {:nested, Filter.Matchall}
  }
end

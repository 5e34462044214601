defmodule Linx.Netlink.Rtnl.Tc.Class.Kinds do
  @moduledoc false
  # The options of each kind of class, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.Class

  table %{
    "drr" => {:nested, Class.Drr},
    "ets" => {:nested, Class.Ets},
    "hfsc" => {:nested, Class.Hfsc},
    "htb" => {:nested, Class.Htb},
    "qfq" => {:nested, Class.Qfq}
  }
end

defmodule Linx.Netlink.Rtnl.Tc.Class.Kinds do
  @moduledoc false
  # The options of each kind of class, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.Class

  table %{
    "htb" => {:nested, Class.Htb}
  }
end

defmodule Linx.Netlink.Rtnl.Tc.Xstats do
  @moduledoc false
  # The counters of each kind of qdisc and class that has some, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.{Class, Qdisc}

  table %{
    "fq_codel" => Qdisc.FqCodel.Xstats,
    "htb" => Class.Htb.Xstats,
    "netem" => Qdisc.Netem.Xstats
  }
end

defmodule Linx.Netlink.Rtnl.Tc.Xstats do
  @moduledoc false
  # The counters of each kind of qdisc and class that has some, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.{Class, Qdisc}

  table %{
    "cake" => Qdisc.Cake.Stats,
    "choke" => Qdisc.Choke.Xstats,
    "codel" => Qdisc.Codel.Xstats,
    "drr" => Class.Drr.Xstats,
    "dualpi2" => Qdisc.Dualpi2.Xstats,
    "fq" => Qdisc.Fq.Xstats,
    "fq_codel" => Qdisc.FqCodel.Xstats,
    "fq_pie" => Qdisc.FqPie.Xstats,
    "hfsc" => Class.Hfsc.Xstats,
    "hhf" => Qdisc.Hhf.Xstats,
    "htb" => Class.Htb.Xstats,
    "netem" => Qdisc.Netem.Xstats,
    "pie" => Qdisc.Pie.Xstats,
    "qfq" => Class.Qfq.Xstats,
    "red" => Qdisc.Red.Xstats,
    "sfb" => Qdisc.Sfb.Xstats,
    "sfq" => Qdisc.Sfq.Xstats,
    "taprio" => Qdisc.Taprio.Stats
  }
end

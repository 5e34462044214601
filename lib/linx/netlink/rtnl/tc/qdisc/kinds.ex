defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Kinds do
  @moduledoc false
  # The options of each kind of qdisc, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.Qdisc

  table %{
    "bfifo" => Qdisc.Fifo,
    "cake" => {:nested, Qdisc.Cake},
    "cake_mq" => {:nested, Qdisc.Cake},
    "cbs" => {:nested, Qdisc.Cbs},
    "choke" => {:nested, Qdisc.Choke},
    "codel" => {:nested, Qdisc.Codel},
    "dualpi2" => {:nested, Qdisc.Dualpi2},
    "etf" => {:nested, Qdisc.Etf},
    "ets" => {:nested, Qdisc.Ets},
    "fq" => {:nested, Qdisc.Fq},
    "fq_codel" => {:nested, Qdisc.FqCodel},
    "fq_pie" => {:nested, Qdisc.FqPie},
    "gred" => {:nested, Qdisc.Gred},
    "hfsc" => Qdisc.Hfsc,
    "hhf" => {:nested, Qdisc.Hhf},
    "htb" => {:nested, Qdisc.Htb},
    "mqprio" => Qdisc.Mqprio,
    "multiq" => Qdisc.Multiq,
    "netem" => Qdisc.Netem,
    "pfifo" => Qdisc.Fifo,
    "pfifo_fast" => Qdisc.Prio,
    "pfifo_head_drop" => Qdisc.Fifo,
    "pie" => {:nested, Qdisc.Pie},
    "plug" => Qdisc.Plug,
    "prio" => Qdisc.Prio,
    "red" => {:nested, Qdisc.Red},
    "sfb" => {:nested, Qdisc.Sfb},
    "sfq" => Qdisc.Sfq,
    "skbprio" => Qdisc.Skbprio,
    "taprio" => {:nested, Qdisc.Taprio},
    "tbf" => {:nested, Qdisc.Tbf}
  }
end

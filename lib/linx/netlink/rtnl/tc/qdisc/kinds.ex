defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Kinds do
  @moduledoc false
  # The options of each kind of qdisc, by its name.

  use Linx.Netlink.Codec.Table

  alias Linx.Netlink.Rtnl.Tc.Qdisc

  table %{
    "bfifo" => Qdisc.Fifo,
    "fq_codel" => {:nested, Qdisc.FqCodel},
    "htb" => {:nested, Qdisc.Htb},
    "netem" => Qdisc.Netem,
    "pfifo" => Qdisc.Fifo,
    "pfifo_fast" => Qdisc.Prio,
    "pfifo_head_drop" => Qdisc.Fifo,
    "prio" => Qdisc.Prio,
    "tbf" => {:nested, Qdisc.Tbf}
  }
end

defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Loss do
  @moduledoc """
  Model of the loss of an emulated network, one of two.

  Kernel side: `NETEM_LOSS_*` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Gemodel, Gimodel}

  codec prefix: "NETEM_LOSS_" do
    attr 1, :gi, Gimodel, "four states"
    attr 2, :ge, Gemodel, "two states, of Gilbert and Elliott"
  end
end

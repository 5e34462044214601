defmodule Linx.Netlink.Rtnl.Tc.Class.Ets do
  @moduledoc """
  Band of the qdisc `:ets`, enhanced transmission selection. Bands come with the qdisc: they are changed,
  neither added nor deleted.

  Kernel side: `TCA_ETS_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Class.change(sock, "eth0", :ets, classid: "1:3", quantum: 5000)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "TCA_ETS_" do
    attr 4, :quanta_band, :u32, "bytes sent in a round, `nil` for a band of strict priority"
  end

  options(quantum: {1..0xFFFFFFFF, "bytes sent in a round", field: [:quanta_band]})
end

defmodule Linx.Netlink.Rtnl.Tc.Filter.Basic do
  @moduledoc """
  Filter by an expression of extended matches.

  Kernel side: `TCA_BASIC_*` of `include/uapi/linux/pkt_cls.h`.

      :ok = Filter.add(sock, "eth0", :basic, parent: "1:", protocol: :ip, classid: "1:10",
              match: {:and, [{:meta, :nfmark, :eq, 5}, {:meta, :pktlen, :lt, 200}]})

  `Linx.Netlink.Rtnl.Tc.Ematch.expression/1` gives the expression of `ematches`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc

  codec prefix: "TCA_BASIC_" do
    attr 1, :classid, :u32, "class of the packets, a handle"
    attr 2, :ematches, {:nested, Tc.Ematch}, "extended matches"
    attr 3, :act, {:array, {:nested, Tc.Action.Entry}}, "actions"
    attr 4, :police, {:nested, Tc.Action.Police}, "policer in the old form, which is not in `act`"
    attr 5, :pcnt, __MODULE__.Pcnt, "packets", volatile: true
  end

  options(
    match: {Tc.Ematch.option(), "extended matches", field: [:ematches]},
    classid: {Tc.Units.handle(), "class of the packets"}
  )
end

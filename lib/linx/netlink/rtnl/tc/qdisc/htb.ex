defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Htb do
  @moduledoc """
  Hierarchical token bucket: classes with rates of their own, `Linx.Netlink.Rtnl.Tc.Class.Htb`.

  Kernel side: `TCA_HTB_*` and `struct tc_htb_glob` of `include/uapi/linux/pkt_sched.h`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias __MODULE__.Glob

  # HTB_VER of net/sched/sch_htb.c: the kernel refuses another one.
  @version 3

  codec prefix: "TCA_HTB_" do
    attr 2, :init, Glob, "parameters"
    attr 5, :direct_qlen, :u32, "packets of unclassified traffic that wait, at most"
    attr 9, :offload, :flag, "the hardware does the work"
  end

  options(
    default: {0..0xFFFF, "minor number of the class of unclassified traffic; 0 for none"},
    r2q: {1..0xFFFFFFFF, "divisor of rates to quanta, 10 if not given"},
    direct_qlen: {0..0xFFFFFFFF, "packets of unclassified traffic that wait, at most"},
    offload: {:flag, "let the hardware do the work"}
  )

  @doc false
  @impl true
  def build(given) do
    init = %Glob{version: @version, rate2quantum: given[:r2q] || 10, defcls: given[:default] || 0}
    {:ok, %__MODULE__{init: init, direct_qlen: given[:direct_qlen], offload: given[:offload]}}
  end
end

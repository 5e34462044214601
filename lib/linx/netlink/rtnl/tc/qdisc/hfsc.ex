defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Hfsc do
  @moduledoc """
  Hierarchical fair service curves: classes with rates and delays, `Linx.Netlink.Rtnl.Tc.Class.Hfsc`.

  Kernel side: `struct tc_hfsc_qopt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :hfsc, handle: "1:", default: 0x10)
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec do
    header "struct tc_hfsc_qopt" do
      field :defcls, :u16, "minor number of the class of unclassified traffic"
    end
  end

  options(default: {0..0xFFFF, "minor number of the class of unclassified traffic; 0 for none"})

  # The kernel requires the struct.
  @doc false
  @impl true
  def build(given), do: {:ok, %__MODULE__{defcls: given[:default] || 0}}
end

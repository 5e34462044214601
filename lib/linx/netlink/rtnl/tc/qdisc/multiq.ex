defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Multiq do
  @moduledoc """
  Queue for each transmit queue of the link; a packet is in the band of its queue. There are no options.

  Kernel side: `struct tc_multiq_qopt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :multiq, handle: "1:")
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec

  codec do
    header "struct tc_multiq_qopt" do
      field :bands, :u16, "number of bands in use"
      field :max_bands, :u16, "number of bands, that of all transmit queues"
    end
  end

  # The kernel requires the struct, and takes nothing from it.
  @doc false
  @impl true
  def build(_given), do: {:ok, %__MODULE__{}}
end

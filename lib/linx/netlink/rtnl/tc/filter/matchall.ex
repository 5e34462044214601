defmodule Linx.Netlink.Rtnl.Tc.Filter.Matchall do
  @moduledoc """
  Filter that matches every packet.

  Kernel side: `TCA_MATCHALL_*` of `include/uapi/linux/pkt_cls.h`.

      :ok = Filter.add(sock, "eth0", :matchall, parent: :ingress, classid: "1:10")
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.Filter.Flags

  codec prefix: "TCA_MATCHALL_" do
    attr 1, :classid, :u32, "class of the packets, a handle"
    attr 2, :act, {:array, {:nested, Tc.Action.Entry}}, "actions"
    attr 3, :flags, Flags.type(), "place of the filter", values: "TCA_CLS_FLAGS_"
    attr 4, :pcnt, __MODULE__.Pcnt, "packets", volatile: true
  end

  options([classid: {Tc.Units.handle(), "class of the packets"}] ++ Flags.options())

  @doc false
  @impl true
  def build(given),
    do: {:ok, %__MODULE__{} |> struct!(Flags.others(given)) |> Flags.put(given)}
end

defmodule Linx.Netlink.Rtnl.Tc.Filter.Fw do
  @moduledoc """
  Filter by the mark of a packet, which is the handle of the filter.

  Kernel side: `TCA_FW_*` of `include/uapi/linux/pkt_cls.h`.

      :ok = Filter.add(sock, "eth0", :fw, parent: "1:", protocol: :ip, handle: 6, classid: "1:10")

  Without a handle and without options, the mark of a packet is its class.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Filter.Body

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc

  codec prefix: "TCA_FW_" do
    attr 1, :classid, :u32, "class of the packets, a handle"
    attr 2, :police, {:nested, Tc.Action.Police}, "policer in the old form, which is not in `act`"
    attr 3, :indev, :string, "name of the link that received the packet"
    attr 4, :act, {:array, {:nested, Tc.Action.Entry}}, "actions"
    attr 5, :mask, :u32, "bits of the mark that count"
  end

  options(
    classid: {Tc.Units.handle(), "class of the packets"},
    mask: {0..0xFFFFFFFF, "bits of the mark that count, one mask for all filters of a priority"},
    indev: {{:name, 15}, "name of the link that received the packet"}
  )

  @doc false
  @impl true
  def build(given, %{handle: _}), do: {:ok, struct!(__MODULE__, given)}
  def build(given, %{actions: false}) when given == %{}, do: {:ok, nil}
  def build(_given, _place), do: {:error, {:missing_option, :handle}}
end

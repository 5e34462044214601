defmodule Linx.Netlink.Rtnl.Tc.Filter.Route do
  @moduledoc """
  Filter by the realms of a packet's route.

  Kernel side: `TCA_ROUTE4_*` of `include/uapi/linux/pkt_cls.h`.

      :ok = Filter.add(sock, "eth0", :route, parent: "1:", protocol: :ip, to: 10, classid: "1:10")

  The handle of such a filter follows from its options.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Filter.Body

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise

  alias Linx.Netlink.Rtnl.Tc

  codec prefix: "TCA_ROUTE4_" do
    attr 1, :classid, :u32, "class of the packets, a handle"
    attr 2, :to, :u32, "realm of the destination"
    attr 3, :from, :u32, "realm of the source"
    attr 4, :iif, :u32, "index of the link that received the packet"
    attr 5, :police, {:nested, Tc.Action.Police}, "policer in the old form, which is not in `act`"
    attr 6, :act, {:array, {:nested, Tc.Action.Entry}}, "actions"
  end

  options(
    classid: {Tc.Units.handle(), "class of the packets"},
    to: {0..0xFF, "realm of the destination"},
    from: {0..0xFF, "realm of the source; not together with `:fromif`"},
    fromif: {:link, "link that received the packet", field: [:iif]}
  )

  @doc false
  @impl true
  def build(%{from: from, iif: _}, _place), do: {:error, {:bad_option, :from, from}}
  def build(given, _place), do: {:ok, struct!(__MODULE__, given)}

  # What the kernel computes, and requires (route4_set_parms of net/sched/cls_route.c).
  @doc false
  @impl true
  def default_handle(%__MODULE__{to: to, from: from, iif: iif}) do
    source =
      cond do
        from != nil -> from
        iif != nil -> 0x8000 ||| (iif &&& 0x7FFF)
        true -> 0xFFFF
      end

    source <<< 16 ||| (to || 0x8000)
  end
end

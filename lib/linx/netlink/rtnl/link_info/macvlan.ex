defmodule Linx.Netlink.Rtnl.LinkInfo.Macvlan do
  @moduledoc """
  macvlan or macvtap: kinds `"macvlan"` and `"macvtap"`.

  Kernel side: `IFLA_MACVLAN_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "mv0", :macvlan, parent: "eth0", mode: :vepa)

  `mode` reads as an integer, `mode/1` has its name. A request changes source addresses in one
  way, that of `macaddr_mode`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.MAC

  @modes [private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16]
  @flags [nopromisc: 0x1, nodst: 0x2]
  @macaddr_modes [add: 0, del: 1, flush: 2, set: 3]

  codec prefix: "IFLA_MACVLAN_" do
    attr 1, :mode, :u32, "mode, a number; `mode/1` has the name"
    attr 2, :flags, {:flags, :u16, @flags}, "behaviour of the device", values: "MACVLAN_FLAG_"

    attr 3,
         :macaddr_mode,
         {:enum, :u32, @macaddr_modes},
         "change of the source addresses of mode source",
         values: "MACVLAN_MACADDR_"

    attr 4, :macaddr, MAC, "source address to add or remove"

    attr 5, :macaddr_data, {:array, MAC, 4}, "source addresses to set",
      element: "IFLA_MACVLAN_MACADDR"

    attr 6, :macaddr_count, :u32, "number of source addresses"
    attr 7, :bc_queue_len, :u32, "length of the broadcast queue, packets"
    attr 8, :bc_queue_len_used, :u32, "length of the broadcast queue in use, packets"
    attr 9, :bc_cutoff, :s32, "number of links below which a broadcast bypasses the queue"
  end

  options(
    parent: {:link, "link whose frames are shared", field: [:.., :link], required: true},
    mode:
      {{:enum, @modes}, "mode of forwarding between the links of the parent, by default vepa",
       values: "MACVLAN_MODE_"},
    flags: {{:flags, @flags}, "behaviour of the device"},
    macaddr_mode: {{:enum, @macaddr_modes}, "change of the source addresses of mode source"},
    macaddr: {:mac, "source address to add or remove"},
    macaddr_data: {{:list, :mac}, "source addresses to set"},
    bc_queue_len: {0..0xFFFFFFFF, "length of the broadcast queue, packets"},
    bc_cutoff:
      {-0x80000000..0x7FFFFFFF, "number of links below which a broadcast bypasses the queue"}
  )

  @doc """
  The mode by name, the number if it has none here.

      iex> Linx.Netlink.Rtnl.LinkInfo.Macvlan.mode(%Linx.Netlink.Rtnl.LinkInfo.Macvlan{mode: 4})
      :bridge
  """
  @spec mode(t()) :: atom() | non_neg_integer() | nil
  def mode(%__MODULE__{mode: mode}) do
    case List.keyfind(@modes, mode, 1) do
      {name, _number} -> name
      nil -> mode
    end
  end
end

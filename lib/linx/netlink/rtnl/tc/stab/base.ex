defmodule Linx.Netlink.Rtnl.Tc.Stab.Base do
  @moduledoc """
  Parameters of a size table.

  Kernel side: `struct tc_sizespec` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Ratespec

  codec do
    header "struct tc_sizespec" do
      field :cell_log, :u8, "sizes that share an entry, a power of two"
      field :size_log, :u8, "unit of the entries, bytes, a power of two"
      field :cell_align, :s16, "alignment of the sizes that share an entry"
      field :overhead, :s32, "bytes added to each packet"

      field :linklayer, {:enum, :u32, Ratespec.linklayers()}, "link layer",
        values: "TC_LINKLAYER_"

      field :mpu, :u32, "least size of a packet, bytes"
      field :mtu, :u32, "largest packet of the table, bytes"
      field :tsize, :u32, "number of entries"
    end
  end
end

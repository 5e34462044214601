defmodule Linx.Netlink.Rtnl.Tc.Action.Skbedit do
  @moduledoc """
  Action that sets what the kernel keeps with a packet: mark, priority, queue, type.

  Kernel side: `TCA_SKBEDIT_*` of `include/uapi/linux/tc_act/tc_skbedit.h`.

      {:skbedit, mark: {0x10, 0xFF}, priority: "1:10"}
      {:skbedit, queue_mapping: {2, 5}}

  Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.{Gen, Tm}
  alias Linx.Netlink.Rtnl.Tc.Units

  # PACKET_* of include/uapi/linux/if_packet.h.
  @types [host: 0, broadcast: 1, multicast: 2, otherhost: 3]
  # SKBEDIT_F_*; the kernel makes the others of the attributes.
  @flags [inheritdsfield: 0x20, txq_skbhash: 0x40]

  codec prefix: "TCA_SKBEDIT_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Gen, "parameters"
    attr 3, :priority, :u32, "priority, the handle of a class"
    attr 4, :queue_mapping, :u16, "queue of the link, the first one of a range"
    attr 5, :mark, :u32, "mark"
    attr 7, :ptype, {:enum, :u16, @types}, "type of the packet", values: "PACKET_"
    attr 8, :mask, :u32, "bits of the mark that are set"

    attr 9,
         :flags,
         {:flags, :u64, @flags},
         "the priority is that of the DS field, the queue is one of a range by the hash of the flow",
         values: "SKBEDIT_F_"

    attr 10, :queue_mapping_max, :u16, "last queue of a range"
  end

  options(
    priority: {Units.handle(), "priority"},
    queue_mapping:
      {{:check, &__MODULE__.cast_queues/1, "0 to 65535, or `{first, last}`"},
       "queue of the link, or one of a range by the hash of the flow"},
    mark: {{:with_mask, 0..0xFFFFFFFF}, "mark, all of its bits or those of a mask"},
    ptype: {{:enum, @types}, "type of the packet"},
    inheritdsfield: {:boolean, "set the priority by the DS field"}
  )

  @doc false
  @impl true
  def build(given) when given == %{}, do: {:error, {:missing_option, :mark}}

  def build(given) do
    {mark, mask} = Map.get(given, :mark, {nil, nil})
    {first, last} = Map.get(given, :queue_mapping, {nil, nil})
    flags = [inheritdsfield: given[:inheritdsfield], txq_skbhash: last]

    {:ok,
     %__MODULE__{
       parms: %Gen{action: :pipe},
       priority: given[:priority],
       queue_mapping: first,
       queue_mapping_max: last,
       mark: mark,
       mask: if(mask != 0xFFFFFFFF, do: mask),
       ptype: given[:ptype],
       flags: set(for {name, on} when on not in [nil, false] <- flags, do: name)
     }}
  end

  defp set([]), do: nil
  defp set(flags), do: flags

  @doc false
  def cast_queues({first, last}) when first in 0..0xFFFF and last in 0..0xFFFF and first <= last,
    do: {:ok, {first, last}}

  def cast_queues(queue) when queue in 0..0xFFFF, do: {:ok, {queue, nil}}
  def cast_queues(_other), do: :error
end

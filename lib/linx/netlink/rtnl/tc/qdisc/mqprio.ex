defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio do
  @moduledoc """
  Classes of traffic by the priority of packets, each with transmit queues of its own.

  Kernel side: `TCA_MQPRIO_*` and `struct tc_mqprio_qopt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :mqprio, num_tc: 2, map: [0, 1, 0, 1], queues: [{1, 0}, {3, 1}], hw: false)

  `map/1` and `queues/1` of `Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio.Qopt` give the priorities and the queues of what
  was read. Frame preemption is of Linux 6.4.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units
  alias __MODULE__.{Qopt, TcEntry}

  @modes [dcb: 0, channel: 1]
  @shapers [dcb: 0, bw_rlimit: 1]
  @shaper_names {"TC_MQPRIO_SHAPER_", [bw_rlimit: "TC_MQPRIO_SHAPER_BW_RATE"]}

  codec prefix: "TCA_MQPRIO_" do
    header Qopt
    attr 1, :mode, {:enum, :u16, @modes}, "mode of the hardware", values: "TC_MQPRIO_MODE_"
    attr 2, :shaper, {:enum, :u16, @shapers}, "shaper of the hardware", values: @shaper_names

    attr 0x8003, :min_rate64, {:array, :u64, 3}, "least rate of each class, bytes per second",
      element: "TCA_MQPRIO_MIN_RATE64"

    attr 0x8004, :max_rate64, {:array, :u64, 4}, "largest rate of each class, bytes per second",
      element: "TCA_MQPRIO_MAX_RATE64"

    attr 0x8005, :tc_entry, {:repeated, TcEntry}, "frame preemption of each class"
  end

  options(
    Qopt.options() ++
      [
        hw: {:boolean, "let the hardware have the classes, `true` if not given"},
        mode: {{:enum, @modes}, "mode of the hardware", values: "TC_MQPRIO_MODE_"},
        shaper: {{:enum, @shapers}, "shaper of the hardware", values: @shaper_names},
        min_rate: {{:list, Units.rate64()}, "least rate of each class"},
        max_rate: {{:list, Units.rate64()}, "largest rate of each class"},
        fp: {TcEntry.type(), "frame preemption of each class"}
      ]
  )

  @doc false
  @impl true
  def build(given) do
    with {:ok, fields} <- Qopt.fields(given, Map.get(given, :hw, true)),
         :ok <- each(given, [:min_rate, :max_rate, :fp]) do
      {:ok,
       struct!(
         __MODULE__,
         fields ++
           [
             mode: given[:mode],
             shaper: given[:shaper],
             min_rate64: given[:min_rate],
             max_rate64: given[:max_rate],
             tc_entry: entries(given[:fp])
           ]
       )}
    end
  end

  # No more values than classes.
  defp each(given, keys) do
    case Enum.find(keys, &(length(given[&1] || []) > given.num_tc)) do
      nil -> :ok
      key -> {:error, {:bad_option, key, given[key]}}
    end
  end

  defp entries(nil), do: nil

  defp entries(fp),
    do: for({fp, index} <- Enum.with_index(fp), do: %TcEntry{index: index, fp: fp})
end

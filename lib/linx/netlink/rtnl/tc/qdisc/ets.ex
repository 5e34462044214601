defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Ets do
  @moduledoc """
  Enhanced transmission selection: bands of strict priority, then bands that share what is left over. The
  bands are classes, `Linx.Netlink.Rtnl.Tc.Class.Ets`.

  Kernel side: `TCA_ETS_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :ets, strict: 2, quanta: [4500, 3000], priomap: [3, 2, 1, 0])
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  # TCQ_ETS_MAX_BANDS of include/uapi/linux/pkt_sched.h; TC_PRIO_MAX, and 1.
  @max_bands 16
  @priorities 16

  codec prefix: "TCA_ETS_" do
    attr 1, :nbands, :u8, "number of bands"
    attr 2, :nstrict, :u8, "number of bands of strict priority, which are the first"

    attr 0x8003, :quanta, {:array, :u32, 4}, "bytes that each other band sends in a round",
      element: "TCA_ETS_QUANTA_BAND"

    attr 0x8005, :priomap, {:array, :u8, 6}, "band of each priority of a packet, 0 to 15",
      element: "TCA_ETS_PRIOMAP_BAND"
  end

  options(
    bands: {
      1..@max_bands,
      "number of bands, the sum of `:strict` and the length of `:quanta` if not given"
    },
    strict: {0..@max_bands, "number of bands of strict priority, 0 if not given"},
    quanta: {
      {:list, 1..0xFFFFFFFF},
      "bytes that each other band sends in a round; of bands that are not in the list the MTU of the link"
    },
    priomap: {
      {:list, 0..(@max_bands - 1)},
      "band of each priority of a packet, from 0 on; the last band for priorities that are not in the list"
    }
  )

  @doc false
  @impl true
  def build(given) do
    strict = given[:strict] || 0
    quanta = given[:quanta] || []
    bands = given[:bands] || strict + length(quanta)
    map = given[:priomap] || []

    cond do
      bands == 0 ->
        {:error, {:missing_option, :bands}}

      bands > @max_bands or strict > bands ->
        {:error, {:bad_option, :strict, strict}}

      strict + length(quanta) > bands ->
        {:error, {:bad_option, :quanta, quanta}}

      length(map) > @priorities or Enum.any?(map, &(&1 >= bands)) ->
        {:error, {:bad_option, :priomap, map}}

      true ->
        {:ok,
         %__MODULE__{
           nbands: bands,
           nstrict: given[:strict],
           quanta: given[:quanta],
           priomap: given[:priomap]
         }}
    end
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Stab do
  @moduledoc """
  Size table of a qdisc: sizes of packets on the wire, in the place of those that the kernel has.

  Kernel side: `TCA_STAB_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :tbf, rate: "1mbit", burst: "10k", latency: "50ms",
        stab: [linklayer: :atm, overhead: 32])

  Of a qdisc that was read, `data` is `nil`: the kernel reports the parameters alone.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.{Psched, Ratespec, Units}
  alias __MODULE__.Base

  # tc_calc_size_table of iproute2, tc_core.c.
  @mtu 2047
  @tsize 512
  @max_entry 0xFFFF

  # Entries of 2 bytes, and 40 of all headers, in an attribute.
  @max_tsize 32_747

  codec prefix: "TCA_STAB_" do
    attr 1, :base, Base, "parameters"
    attr 2, :data, {:packed, :u16}, "table, request only"
  end

  options(
    mtu: {Units.size(), "largest packet of the table, bytes, 2047 if not given"},
    mpu: {Units.size(), "least size of a packet, bytes"},
    overhead: {-0x80000000..0x7FFFFFFF, "bytes added to each packet"},
    linklayer:
      {{:enum, Ratespec.linklayers()},
       "link layer, `:unaware` if not given, which is as `:ethernet`", values: "TC_LINKLAYER_"},
    tsize: {1..@max_tsize, "number of entries of the table, 512 if not given"}
  )

  @doc false
  @spec cast(term()) :: {:ok, t()} | :error
  def cast(opts) do
    case Linx.Netlink.Options.cast(__options__(), opts) do
      {:ok, given} when given != %{} -> {:ok, build(given)}
      _ -> :error
    end
  end

  # Without cells and a least size the overhead is enough.
  defp build(given) do
    linklayer = given[:linklayer] || Ratespec.linklayers()[:unaware]
    mpu = given[:mpu] || 0
    base = %Base{linklayer: linklayer, mpu: mpu, overhead: given[:overhead] || 0}

    if linklayer <= Ratespec.linklayers()[:ethernet] and mpu == 0,
      do: %__MODULE__{base: base},
      else: table(base, positive(given[:mtu], @mtu), given[:tsize] || @tsize)
  end

  defp positive(size, default) when size in [nil, 0], do: default
  defp positive(size, _default), do: size

  defp table(base, mtu, tsize) do
    cell_log = Psched.log(mtu, tsize - 1)
    sizes = Psched.sizes(cell_log, tsize, base.mpu, base.linklayer)
    size_log = Psched.log(List.last(sizes), @max_entry)

    %__MODULE__{
      base: %{
        base
        | mtu: mtu,
          tsize: tsize,
          cell_log: cell_log,
          size_log: size_log,
          cell_align: -1
      },
      data: Enum.map(sizes, &Bitwise.>>>(&1, size_log))
    }
  end
end

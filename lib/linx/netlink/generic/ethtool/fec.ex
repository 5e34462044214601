defmodule Linx.Netlink.Generic.Ethtool.Fec do
  @moduledoc """
  Forward error correction of a link.

  Kernel side: `ETHTOOL_A_FEC_*` of `include/uapi/linux/ethtool_netlink.h`.

  Modes have the names of link modes: `"RS"`, `"BASER"`, `"LLRS"`, `"None"`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev}
  alias __MODULE__.Counters

  codec prefix: "ETHTOOL_A_FEC_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_FEC_HEADER"
    attr 2, :modes, {:nested, Bitset}, "modes that were set", as: Bits
    attr 3, :auto, {:bool, :u8}, "the driver chooses"
    attr 4, :active, :u32, "mode in use: a name, or the number of a link mode"
    attr 5, :stats, {:nested, Counters}, "counters, with `include_statistics: true`"
  end

  options(
    modes: {Bits.option(), "modes to use"},
    auto: {:bool, "let the driver choose"}
  )

  @doc false
  # The struct with the name of the active mode, a link mode.
  @spec finish(struct(), %{atom() => tuple()}) :: struct()
  def finish(%__MODULE__{active: active} = fec, names),
    do: %{fec | active: active && Bits.name(active, names[:link_modes])}
end

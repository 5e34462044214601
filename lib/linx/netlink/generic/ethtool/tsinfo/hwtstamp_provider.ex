defmodule Linx.Netlink.Generic.Ethtool.Tsinfo.HwtstampProvider do
  @moduledoc """
  Hardware that makes timestamps.

  Kernel side: `ETHTOOL_A_TS_HWTSTAMP_PROVIDER_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Options

  # HWTSTAMP_PROVIDER_QUALIFIER_* of include/uapi/linux/net_tstamp.h.
  @qualifiers [precise: 0, approx: 1]

  @table [
    index: {0..0xFFFFFFFF, "", required: true},
    qualifier: {{:enum, @qualifiers}, "", required: true}
  ]

  codec prefix: "ETHTOOL_A_TS_HWTSTAMP_PROVIDER_" do
    attr 1, :index, :u32, "index of the hardware clock, N of `/dev/ptpN`"

    attr 2, :qualifier, {:enum, :u32, @qualifiers}, "exactness",
      values: "HWTSTAMP_PROVIDER_QUALIFIER_"
  end

  @doc false
  # The type of an option that takes one.
  def option,
    do:
      {:check, &__MODULE__.cast/1,
       "keyword list with `:index` and `:qualifier`, `:precise` or `:approx`"}

  @doc false
  @spec cast(term()) :: {:ok, t()} | :error
  def cast(value) do
    case Options.cast(@table, value) do
      {:ok, fields} -> {:ok, struct!(__MODULE__, fields)}
      {:error, _reason} -> :error
    end
  end
end

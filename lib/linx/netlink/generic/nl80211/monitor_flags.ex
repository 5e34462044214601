defmodule Linx.Netlink.Generic.Nl80211.MonitorFlags do
  @moduledoc false
  # Frames that an interface of the type `:monitor` reports: a nest of flags, `NL80211_MNTR_FLAG_*` of
  # include/uapi/linux/nl80211.h.

  @names [
    fcsfail: 1,
    plcpfail: 2,
    control: 3,
    other_bss: 4,
    cook_frames: 5,
    active: 6,
    skip_tx: 7
  ]

  @spec names() :: keyword(non_neg_integer())
  def names, do: @names
end

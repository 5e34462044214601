defmodule Linx.Netlink.Generic.Nl80211.Monitor do
  @moduledoc """
  Receives notifications of nl80211: radios, interfaces, scans, connections, stations.

  Kernel side: the multicast groups `NL80211_MULTICAST_GROUP_*` of `include/uapi/linux/nl80211.h`.

      {:ok, monitor} = Linx.Netlink.Generic.Nl80211.Monitor.start_link(groups: ["scan", "mlme"])

      receive do
        {:linx_nl80211, ^monitor, %Linx.Netlink.Generic.Nl80211.Event{op: :connect, resource: mlme}} ->
          {mlme.mac, mlme.status_code}
      end

  ## Messages

    * `{:linx_nl80211, monitor, %Linx.Netlink.Generic.Nl80211.Event{}}` - a notification, in the
      kernel's order;
    * `{:linx_nl80211, monitor, :resync_needed}` - the kernel dropped notifications because the receive
      buffer was full; the monitor continues;
    * `{:linx_nl80211, monitor, {:closed, reason}}` - the socket failed and the monitor ends.

  The option `:tag` replaces `:linx_nl80211`. The resource of an event is, by its group,

  | group | resource |
  |---|---|
  | `"config"` | `Linx.Netlink.Generic.Nl80211.Wiphy` of `:new_wiphy` and `:del_wiphy`, `Linx.Netlink.Generic.Nl80211.Interface` of the others |
  | `"scan"` | `Linx.Netlink.Generic.Nl80211.Scan` |
  | `"regulatory"` | `Linx.Netlink.Generic.Nl80211.Regulatory` |
  | `"mlme"` | `Linx.Netlink.Generic.Nl80211.Station` of `:new_station` and `:del_station`, `Linx.Netlink.Generic.Nl80211.Ibss` of `:join_ibss`, `Linx.Netlink.Generic.Nl80211.Mlme` of the others |
  | `"vendor"` | `Linx.Netlink.Generic.Nl80211.Vendor` |
  | `"nan"` | `Linx.Netlink.Generic.Nl80211.Nan` |

  The event of a new radio has a part of its properties: `Linx.Netlink.Generic.Nl80211.wiphy/3` reads
  all. Needs no privilege.
  """

  use Linx.Netlink.Generic.Monitor,
    family: Linx.Netlink.Generic.Nl80211.Commands,
    tag: :linx_nl80211,
    event: Linx.Netlink.Generic.Nl80211.Event

  alias Linx.Netlink.Generic.Nl80211.{Event, Wiphy}

  @doc false
  @impl true
  def decode(op, %Wiphy{} = wiphy, _flags),
    do: {:ok, %Event{op: op, resource: Wiphy.named(wiphy)}}

  def decode(op, object, _flags), do: {:ok, %Event{op: op, resource: object}}
end

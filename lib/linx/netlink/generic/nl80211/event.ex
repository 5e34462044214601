defmodule Linx.Netlink.Generic.Nl80211.Event do
  @moduledoc """
  Notification of nl80211, from `Linx.Netlink.Generic.Nl80211.Monitor`.
  """

  defstruct [:op, :resource]

  @typedoc """
  A notification:

    * `:op` - name of the command, such as `:new_scan_results`; its number if it has no name here;
    * `:resource` - the struct that `Linx.Netlink.Generic.Nl80211.Monitor` lists for it, or the
      undecoded `Linx.Netlink.Message`.
  """
  @type t :: %__MODULE__{op: atom() | 0..255, resource: struct()}
end

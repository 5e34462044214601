defmodule Linx.Netlink.Generic.Ethtool.Event do
  @moduledoc """
  Notification of ethtool, from `Linx.Netlink.Generic.Ethtool.Monitor`.
  """

  defstruct [:op, :resource]

  @typedoc """
  A notification:

    * `:op` - name of the message: `:features_ntf`, `:linkmodes_ntf`, …; its number if it is not declared;
    * `:resource` - struct of the topic, or the undecoded `Linx.Netlink.Message`.
  """
  @type t :: %__MODULE__{op: atom() | 0..255, resource: struct()}
end

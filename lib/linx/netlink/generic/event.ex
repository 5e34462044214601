defmodule Linx.Netlink.Generic.Event do
  @moduledoc """
  Notification of a family of generic netlink, from `Linx.Netlink.Generic.Monitor`.
  """

  defstruct [:op, :resource]

  @typedoc """
  A notification:

    * `:op` - name of the command, or its number if the family's module does not declare it;
    * `:resource` - struct of the codec module that is declared for it, or the undecoded
      `Linx.Netlink.Message`.
  """
  @type t :: %__MODULE__{op: atom() | 0..255, resource: struct()}
end

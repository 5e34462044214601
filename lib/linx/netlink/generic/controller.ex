defmodule Linx.Netlink.Generic.Controller do
  @moduledoc """
  Controller of generic netlink, the family `nlctrl`: names of families and ids.

  Kernel side: `CTRL_CMD_*` of `include/uapi/linux/genetlink.h`. `Linx.Netlink.Generic.family/3` and
  others make its requests.
  """

  alias Linx.Netlink.Generic.{Family, Policy}

  use Family, name: "nlctrl", version: 2, groups: ["notify"]

  # GENL_ID_CTRL of include/uapi/linux/genetlink.h: the one id that does not change.
  @id 16

  command :getfamily, 3, Family.Body, dump: true
  command :getpolicy, 10, Policy.Part, dump: true

  event :newfamily, 1, Family.Body
  event :delfamily, 2, Family.Body
  event :newmcast_grp, 7, Family.Body
  event :delmcast_grp, 8, Family.Body

  @doc "Message type of the controller, `GENL_ID_CTRL`."
  @spec id() :: 16
  def id, do: @id
end

defmodule Linx.Netlink.Generic.Policy.Part do
  @moduledoc """
  Message of a list of policies: one attribute of a policy, or the policies of one command.

  Kernel side: `CTRL_ATTR_*` of `include/uapi/linux/genetlink.h`. `Linx.Netlink.Generic.Policy` joins
  them.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Error
  alias Linx.Netlink.Generic.Header
  alias __MODULE__.OpPolicy

  codec prefix: "CTRL_ATTR_" do
    header Header
    attr 1, :family_id, :u16, "message type of the family"
    attr 2, :family_name, :string, "name of the family, request only"

    attr 8,
         :policy,
         {:indexed, {:indexed, {:nested, Error.Policy}}},
         "attributes by policy and number"

    attr 9, :op_policy, {:indexed, {:nested, OpPolicy}}, "policies by command"
    attr 10, :op, :u32, "a command, request only"
  end
end

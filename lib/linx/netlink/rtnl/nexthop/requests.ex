defmodule Linx.Netlink.Rtnl.Nexthop.Requests do
  @moduledoc false
  # Requests that delete or create a nexthop object that was read.

  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Rtnl.Nexthop

  @doc "The field by which the kernel finds the object."
  @spec delete(Nexthop.t()) :: Nexthop.t()
  def delete(%Nexthop{id: id}), do: %Nexthop{id: id}

  @doc "The object without its read-only fields; the kernel derives the scope (`rtm_to_nh_config`)."
  @spec create(Nexthop.t()) :: Nexthop.t()
  def create(nexthop) do
    %{
      nexthop
      | scope: :universe,
        flags: for(:onlink <- Flags.names(nexthop, :flags), do: :onlink),
        res_group: nexthop.res_group && %{nexthop.res_group | unbalanced_time: nil},
        res_bucket: nil,
        op_flags: nil,
        group_stats: nil,
        hw_stats_used: nil,
        master: nil,
        groups: nil
    }
  end
end

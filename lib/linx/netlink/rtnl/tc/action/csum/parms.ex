defmodule Linx.Netlink.Rtnl.Tc.Action.Csum.Parms do
  @moduledoc """
  Parameters of an action on checksums.

  Kernel side: `struct tc_csum` of `include/uapi/linux/tc_act/tc_csum.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  @updates [ip4h: 1, icmp: 2, igmp: 4, tcp: 8, udp: 16, udplite: 32, sctp: 64]

  codec do
    header "struct tc_csum" do
      embed(Gen)

      field :update_flags, {:flags, :u32, @updates}, "checksums",
        values: {"TCA_CSUM_UPDATE_FLAG_", ip4h: "TCA_CSUM_UPDATE_FLAG_IPV4HDR"}
    end
  end

  @doc false
  @spec updates() :: keyword(pos_integer())
  def updates, do: @updates
end

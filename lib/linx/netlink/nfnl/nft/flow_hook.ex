defmodule Linx.Netlink.Nfnl.Nft.FlowHook do
  @moduledoc """
  Where a flowtable sits: `NFTA_FLOWTABLE_HOOK_*`. `num` is 0, ingress; `devs` are names of links,
  with a star at the end as in `Linx.Netlink.Nfnl.Nft.Hook`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.{Devices, Priority}

  codec do
    attr 1, :num, :be32
    attr 2, :priority, Priority
    attr 3, :devs, {:nested, Devices}
  end
end

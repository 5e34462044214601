defmodule Linx.Netlink.Nfnl.Nft.FlowHook do
  @moduledoc """
  Hook of a flowtable: `NFTA_FLOWTABLE_HOOK_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`. `num` is 0, ingress. `devs` are names of
  links; a name that ends in `*` is a prefix, as in `Linx.Netlink.Nfnl.Nft.Hook`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_FLOWTABLE_HOOK_" do
    attr 1, :num, :be32, "hook; 0 is ingress"
    attr 2, :priority, :sbe32, "priority; the lowest is first"
    # NFTA_DEVICE_NAME and NFTA_DEVICE_PREFIX.
    attr 3, :devs, {:patterns, 1, 2}, "names of links; a final `*` makes a prefix"
  end
end

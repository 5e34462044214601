defmodule Linx.Netlink.Nfnl.Nft.Gen do
  @moduledoc """
  A generation of the ruleset: its number, and in an event the process that made it.

  Kernel side: `NFTA_GEN_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  `Linx.Netlink.Nfnl.Codec.get_gen/2` requests it; the last event of a transaction has it.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.FirewallHeader

  codec prefix: "NFTA_GEN_" do
    header FirewallHeader, as: [res_id: nil]

    attr 1, :id, :be32, "number of the generation"
    attr 2, :proc_pid, :be32, "OS process that made it"
    attr 3, :proc_name, :string, "name of that process"
  end
end

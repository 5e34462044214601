defmodule Linx.Netlink.Nfnl.Nft.Expr.Objref do
  @moduledoc """
  Refers to a stateful object, `Linx.Netlink.Nfnl.Nft.Object`: the one of a type and name, or the one
  that a map holds for the key in a register.

  Kernel side: `NFTA_OBJREF_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # counter name "ssh"
      %Expr.Objref{imm_type: :counter, imm_name: "ssh"}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.ObjectType

  codec prefix: "NFTA_OBJREF_" do
    attr 1, :imm_type, {:enum, :be32, ObjectType.names()}, "type of the object",
      values: "NFT_OBJECT_"

    attr 2, :imm_name, :string, "name of the object"
    attr 3, :set_sreg, :be32, "register of the key"
    attr 4, :set_name, :string, "name of the map"
    attr 5, :set_id, :be32, "id of the map within the batch"
  end
end

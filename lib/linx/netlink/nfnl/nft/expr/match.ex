defmodule Linx.Netlink.Nfnl.Nft.Expr.Cmp do
  @moduledoc """
  Goes on with the rule if the register `sreg` compares to `data` as `op` says.

  Kernel side: `NFTA_CMP_*` of `include/uapi/linux/netfilter/nf_tables.h`. `:lt`, `:lte`, `:gt`
  and `:gte` compare bytes from the first to the last.

      %Expr.Cmp{sreg: 1, op: :eq, data: Nft.Data.value(<<22::16>>)}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Data

  codec do
    attr 1, :sreg, :be32
    attr 2, :op, {:enum, :be32, eq: 0, neq: 1, lt: 2, lte: 3, gt: 4, gte: 5}
    attr 3, :data, {:nested, Data}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Range do
  @moduledoc """
  Goes on if the register `sreg` is between two values, both included; with `:neq`, if not.

  Kernel side: `NFTA_RANGE_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Data

  codec do
    attr 1, :sreg, :be32
    attr 2, :op, {:enum, :be32, eq: 0, neq: 1}
    attr 3, :from_data, {:nested, Data}
    attr 4, :to_data, {:nested, Data}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Lookup do
  @moduledoc """
  Goes on if the set named `set` has what is in `sreg`, or with `:inv`, if it has not. With
  `dreg`, loads what the map has for it; in register 0, a verdict.

  Kernel side: `NFTA_LOOKUP_*` of `include/uapi/linux/netfilter/nf_tables.h`. A set made in the
  same transaction can be meant by `set_id`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :set, :string
    attr 2, :sreg, :be32
    attr 3, :dreg, :be32
    attr 4, :set_id, :be32
    attr 5, :flags, {:flags, :be32, inv: 0x1}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Limit do
  @moduledoc """
  Goes on as long as there are no more than `rate` packets, or bytes, in `unit` seconds; with
  `:inv`, only then when there are more.

  Kernel side: `NFTA_LIMIT_*` of `include/uapi/linux/netfilter/nf_tables.h`. `burst` is how much
  may come at once beyond that.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :rate, :be64
    attr 2, :unit, :be64
    attr 3, :burst, :be32
    attr 4, :type, {:enum, :be32, pkts: 0, pkt_bytes: 1}
    attr 5, :flags, {:flags, :be32, inv: 0x1}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Set do
  @moduledoc """
  A set of keys, or a map from keys to data, in which rules look packets up.

  Kernel side: `NFTA_SET_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # set blocked { type ipv4_addr; flags timeout; timeout 1h; }
      Nft.add(%Nft.Set{
        family: :inet,
        table: "filter",
        name: "blocked",
        key_type: 7,
        key_len: 4,
        flags: [:timeout],
        timeout: 3_600_000
      })

  The kernel uses the lengths `key_len` and `data_len`, bytes. `key_type` and `data_type` are
  numbers of `nft`, which prints elements by them (7 IPv4 address, 8 IPv6 address, 13 port, 19 mark);
  the kernel interprets one `data_type`, 0xFFFFFF00, verdicts.

  `timeout`, milliseconds, is that of elements without one of their own; `gc_interval`, milliseconds,
  is how often expired elements are removed. `id` identifies a set within its batch. The `name` of an
  anonymous set is a pattern such as `"__set%d"`. `expressions` are copied into each new element.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family
  alias Linx.Netlink.Nfnl.Nft.{Expr, ObjectType, SetDesc}

  @flags [
    anonymous: 0x1,
    constant: 0x2,
    interval: 0x4,
    map: 0x8,
    timeout: 0x10,
    eval: 0x20,
    object: 0x40,
    concat: 0x80,
    expr: 0x100
  ]

  codec do
    header do
      field :family, {:enum, :u8, Family.firewall()}
      pad 3
    end

    attr 1, :table, :string
    attr 2, :name, :string
    attr 16, :handle, :be64
    attr 3, :flags, {:flags, :be32, @flags}
    attr 4, :key_type, :be32
    attr 5, :key_len, :be32
    attr 6, :data_type, :be32
    attr 7, :data_len, :be32
    attr 8, :policy, {:enum, :be32, performance: 0, memory: 1}
    attr 9, :desc, {:nested, SetDesc}
    attr 10, :id, :be32
    attr 11, :timeout, :be64
    attr 12, :gc_interval, :be32
    attr 13, :userdata, :binary
    attr 15, :obj_type, {:enum, :be32, ObjectType.names()}
    attr 17, :expr, {:nested, Expr}
    attr 18, :expressions, {:array, {:nested, Expr}, 1}
    attr 19, :type, :string
    attr 20, :count, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Object do
  @moduledoc """
  A state with a name, which rules share: a counter, a quota, a limit and so on.

  Kernel side: `NFTA_OBJ_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # counter ssh { }, and in a rule: counter name "ssh"
      Nft.add(%Nft.Object{
        family: :inet,
        table: "fw",
        name: "ssh",
        type: :counter,
        data: %Expr.Counter{}
      })

      %Expr.Objref{imm_type: :counter, imm_name: "ssh"}

  Objects of different types can have the same name. `data` is

  | `type` | `data` |
  |---|---|
  | `:counter` | `Linx.Netlink.Nfnl.Nft.Expr.Counter` |
  | `:quota` | `Linx.Netlink.Nfnl.Nft.Expr.Quota` |
  | `:limit` | `Linx.Netlink.Nfnl.Nft.Expr.Limit` |
  | `:connlimit` | `Linx.Netlink.Nfnl.Nft.Expr.Connlimit` |
  | `:synproxy` | `Linx.Netlink.Nfnl.Nft.Expr.Synproxy` |
  | `:ct_helper` | `Linx.Netlink.Nfnl.Nft.CtHelper` |
  | `:ct_timeout` | `Linx.Netlink.Nfnl.Nft.CtTimeout` |
  | `:ct_expect` | `Linx.Netlink.Nfnl.Nft.CtExpect` |
  | `:secmark` | `Linx.Netlink.Nfnl.Nft.Secmark` |
  | `:tunnel` | `Linx.Netlink.Nfnl.Nft.Tunnel` |

  Of what newer kernels have, it is the bytes of its attributes, which can be read but not
  written. The kernel sets `use`, how many rules and elements refer to it, and
  `handle`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family
  alias Linx.Netlink.Nfnl.Nft.{CtExpect, CtHelper, CtTimeout, ObjectType, Secmark, Tunnel}
  alias Linx.Netlink.Nfnl.Nft.Expr.{Connlimit, Counter, Limit, Quota, Synproxy}

  codec do
    header do
      field :family, {:enum, :u8, Family.firewall()}
      pad 3
    end

    attr 1, :table, :string
    attr 2, :name, :string
    attr 6, :handle, :be64
    attr 3, :type, {:enum, :be32, ObjectType.names()}

    attr 4,
         :data,
         {:dispatch, :type,
          %{
            counter: {:nested, Counter},
            quota: {:nested, Quota},
            limit: {:nested, Limit},
            connlimit: {:nested, Connlimit},
            synproxy: {:nested, Synproxy},
            ct_helper: {:nested, CtHelper},
            ct_timeout: {:nested, CtTimeout},
            ct_expect: {:nested, CtExpect},
            secmark: {:nested, Secmark},
            tunnel: {:nested, Tunnel}
          }}

    attr 5, :use, :be32
    attr 8, :userdata, :binary
  end
end

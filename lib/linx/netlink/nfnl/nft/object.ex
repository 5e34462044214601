defmodule Linx.Netlink.Nfnl.Nft.Object do
  @moduledoc """
  A stateful object: a named state that rules share, such as a counter, a quota or a limit.

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

  Objects of different types may have the same name. `data` depends on `type`:

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

  For a type of a newer kernel, `data` is the bytes of its attributes, which can be read but not
  written. The kernel sets `handle` and `use`, the number of rules and elements that refer to the
  object.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.FirewallHeader
  alias Linx.Netlink.Nfnl.Nft.{CtExpect, CtHelper, CtTimeout, ObjectType, Secmark, Tunnel}
  alias Linx.Netlink.Nfnl.Nft.Expr.{Connlimit, Counter, Limit, Quota, Synproxy}

  codec prefix: "NFTA_OBJ_" do
    header FirewallHeader, as: [res_id: nil]

    attr 1, :table, :string, "name of the table"
    attr 2, :name, :string, "name"
    attr 6, :handle, :be64, "handle, set by the kernel"
    attr 3, :type, {:enum, :be32, ObjectType.names()}, "type", values: "NFT_OBJECT_"

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
          }},
         "state, by type"

    attr 5, :use, :be32, "number of references, set by the kernel"
    attr 8, :userdata, :binary, "data opaque to the kernel, at most 256 bytes"
  end
end

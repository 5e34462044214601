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

defmodule Linx.Netlink.Nfnl.Nft.CtHelper do
  @moduledoc """
  Has a helper such as `"ftp"` look into connections: `NFTA_CT_HELPER_*`.

  `l4proto` is a number (6 TCP, 17 UDP).
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
    attr 2, :l3proto, :be16
    attr 3, :l4proto, :u8
  end
end

defmodule Linx.Netlink.Nfnl.Nft.CtTimeout do
  @moduledoc """
  After which time connections are forgotten: `NFTA_CT_TIMEOUT_*`.

  `data` are attributes, each a state of the protocol `l4proto` and a number of seconds in
  network order: `CTA_TIMEOUT_TCP_*` and the like of
  `include/uapi/linux/netfilter/nfnetlink_cttimeout.h`, for `Linx.Netlink.Attr`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :l3proto, :be16
    attr 2, :l4proto, :u8
    attr 3, :data, :binary
  end
end

defmodule Linx.Netlink.Nfnl.Nft.CtExpect do
  @moduledoc """
  Has further connections expected, to a port and for a while: `NFTA_CT_EXPECT_*`.

  `timeout` is in milliseconds and in the host's byte order, `size` how many connections.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :l3proto, :be16
    attr 2, :l4proto, :u8
    attr 3, :dport, :be16
    attr 4, :timeout, :u32
    attr 5, :size, :u8
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Secmark do
  @moduledoc """
  A security context to mark packets with: `NFTA_SECMARK_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :ctx, :string
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr do
  @moduledoc """
  An expression: one step of a rule, of some kind.

  Kernel side: `NFTA_EXPR_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      iex> Linx.Netlink.Nfnl.Nft.Expr.of(%Linx.Netlink.Nfnl.Nft.Expr.Masq{})
      %Linx.Netlink.Nfnl.Nft.Expr{name: "masq", data: %Linx.Netlink.Nfnl.Nft.Expr.Masq{}}

  | name | `data` | what it does |
  |---|---|---|
  | `"payload"` | `Expr.Payload` | loads bytes of the packet |
  | `"meta"` | `Expr.Meta` | loads, or sets, what is known about the packet |
  | `"ct"` | `Expr.Ct` | the same for its connection |
  | `"bitwise"` | `Expr.Bitwise` | masks and shifts |
  | `"byteorder"` | `Expr.Byteorder` | swaps bytes |
  | `"cmp"` | `Expr.Cmp` | goes on if a comparison holds |
  | `"range"` | `Expr.Range` | goes on inside, or outside, of a range |
  | `"lookup"` | `Expr.Lookup` | goes on if a set has it; loads what a map has |
  | `"limit"` | `Expr.Limit` | goes on below, or above, a rate |
  | `"immediate"` | `Expr.Immediate` | loads a value, or decides |
  | `"counter"` | `Expr.Counter` | counts |
  | `"log"` | `Expr.Log` | logs |
  | `"reject"` | `Expr.Reject` | drops and says so |
  | `"nat"` | `Expr.Nat` | translates addresses and ports |
  | `"masq"` | `Expr.Masq` | translates to the address of the outgoing link |
  | `"redir"` | `Expr.Redir` | translates to this machine |

  These are less common: `Expr.Rt`, `Fib`, `Exthdr`, `Numgen`, `Hash`, `Socket`, `Osf`, `Xfrm`,
  `Tunnel` and `Inner` load; `Dynset`, `Objref`, `Quota`, `Connlimit` and `Last` keep states; `Queue`,
  `Tproxy`, `Dup`, `Fwd`, `Synproxy` and `FlowOffload` act; `Match` and `Target` are those of
  `iptables`. `"notrack"` has no `data`.

  Of any other kind, `data` is the bytes of its attributes, which can be written again as they
  were read (`raw` is for that).

  Expressions hand values on in registers: 0 is the verdict, 1 to 4 have 16 bytes each, and 8
  to 23 are the same memory in pieces of 4.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Dynset, Exthdr, Inner, Osf}

  # NFTA_EXPR_DATA, a nest.
  @data 0x8002

  codec do
    attr 1, :name, :string

    attr 2,
         :data,
         {:dispatch, :name,
          %{
            "bitwise" => {:nested, __MODULE__.Bitwise},
            "byteorder" => {:nested, __MODULE__.Byteorder},
            "cmp" => {:nested, __MODULE__.Cmp},
            "connlimit" => {:nested, __MODULE__.Connlimit},
            "counter" => {:nested, __MODULE__.Counter},
            "ct" => {:nested, __MODULE__.Ct},
            "dup" => {:nested, __MODULE__.Dup},
            "dynset" => {:nested, __MODULE__.Dynset},
            "exthdr" => {:nested, __MODULE__.Exthdr},
            "fib" => {:nested, __MODULE__.Fib},
            "flow_offload" => {:nested, __MODULE__.FlowOffload},
            "fwd" => {:nested, __MODULE__.Fwd},
            "hash" => {:nested, __MODULE__.Hash},
            "immediate" => {:nested, __MODULE__.Immediate},
            "inner" => {:nested, __MODULE__.Inner},
            "last" => {:nested, __MODULE__.Last},
            "limit" => {:nested, __MODULE__.Limit},
            "log" => {:nested, __MODULE__.Log},
            "lookup" => {:nested, __MODULE__.Lookup},
            "masq" => {:nested, __MODULE__.Masq},
            "match" => {:nested, __MODULE__.Match},
            "meta" => {:nested, __MODULE__.Meta},
            "nat" => {:nested, __MODULE__.Nat},
            "numgen" => {:nested, __MODULE__.Numgen},
            "objref" => {:nested, __MODULE__.Objref},
            "osf" => {:nested, __MODULE__.Osf},
            "payload" => {:nested, __MODULE__.Payload},
            "queue" => {:nested, __MODULE__.Queue},
            "quota" => {:nested, __MODULE__.Quota},
            "range" => {:nested, __MODULE__.Range},
            "redir" => {:nested, __MODULE__.Redir},
            "reject" => {:nested, __MODULE__.Reject},
            "rt" => {:nested, __MODULE__.Rt},
            "socket" => {:nested, __MODULE__.Socket},
            "synproxy" => {:nested, __MODULE__.Synproxy},
            "target" => {:nested, __MODULE__.Target},
            "tproxy" => {:nested, __MODULE__.Tproxy},
            "tunnel" => {:nested, __MODULE__.Tunnel},
            "xfrm" => {:nested, __MODULE__.Xfrm}
          }}

    # What has no row above is written from here.
    unknown :raw
  end

  @doc """
  The expression with this data; one that is an expression already stays.

  Raises `ArgumentError` for anything else.
  """
  @spec of(struct()) :: t()
  def of(%__MODULE__{name: name, data: data} = expression) when is_binary(data) do
    if is_map_key(kinds(), name),
      do: expression,
      else: %{expression | data: nil, raw: [{@data, data}]}
  end

  def of(%__MODULE__{data: %Dynset{} = data} = expression),
    do: %{
      expression
      | data: Dynset.writable(%{data | expr: one(data.expr), expressions: all(data)})
    }

  def of(%__MODULE__{data: %module{} = data} = expression) when module in [Exthdr, Osf],
    do: %{expression | data: module.writable(data)}

  # A kernel without the check dies of a missing number (net/netfilter/nft_inner.c).
  def of(%__MODULE__{data: %Inner{} = data} = expression),
    do: %{expression | data: %{data | num: data.num || 0, expr: one(data.expr)}}

  def of(%__MODULE__{} = expression), do: expression

  def of(%module{} = data) do
    case Enum.find(kinds(), &match?({_name, {:nested, ^module}}, &1)) do
      {name, _type} -> of(%__MODULE__{name: name, data: data})
      nil -> raise ArgumentError, "not an expression: #{inspect(data)}"
    end
  end

  def of(other), do: raise(ArgumentError, "not an expression: #{inspect(other)}")

  defp one(expr), do: expr && of(expr)

  @doc false
  # Those of whatever has some.
  @spec all(struct()) :: [t()] | nil
  def all(%{expressions: list}), do: list && Enum.map(list, &of/1)

  defp kinds do
    {_id, :data, {:dispatch, :name, kinds}} = List.keyfind(__codec__().attrs, :data, 1)
    kinds
  end
end

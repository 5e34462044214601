defmodule Linx.Netlink.Nfnl.Nft.Expr do
  @moduledoc """
  An expression: one operation of a rule.

  Kernel side: `NFTA_EXPR_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      iex> Linx.Netlink.Nfnl.Nft.Expr.of(%Linx.Netlink.Nfnl.Nft.Expr.Masq{})
      %Linx.Netlink.Nfnl.Nft.Expr{name: "masq", data: %Linx.Netlink.Nfnl.Nft.Expr.Masq{}}

  | name | `data` | operation |
  |---|---|---|
  | `"payload"` | `Expr.Payload` | loads bytes of the packet, or writes them |
  | `"meta"` | `Expr.Meta` | loads or sets metadata of the packet |
  | `"ct"` | `Expr.Ct` | loads or sets a property of the tracked connection |
  | `"bitwise"` | `Expr.Bitwise` | masks, combines or shifts a register |
  | `"byteorder"` | `Expr.Byteorder` | converts between host and network byte order |
  | `"cmp"` | `Expr.Cmp` | compares a register with a value |
  | `"range"` | `Expr.Range` | compares a register with a range |
  | `"lookup"` | `Expr.Lookup` | looks a register up in a set; loads the data of a map |
  | `"limit"` | `Expr.Limit` | compares the rate of packets with a limit |
  | `"immediate"` | `Expr.Immediate` | loads a value, or gives a verdict |
  | `"counter"` | `Expr.Counter` | counts packets and bytes |
  | `"log"` | `Expr.Log` | logs the packet |
  | `"reject"` | `Expr.Reject` | drops the packet and answers with an error |
  | `"nat"` | `Expr.Nat` | translates source or destination |
  | `"masq"` | `Expr.Masq` | translates the source to the address of the outgoing link |
  | `"redir"` | `Expr.Redir` | translates the destination to this machine |

  Further expressions:

    * loading a value: `Expr.Rt`, `Expr.Fib`, `Expr.Exthdr`, `Expr.Numgen`, `Expr.Hash`,
      `Expr.Socket`, `Expr.Osf`, `Expr.Xfrm`, `Expr.Tunnel`, `Expr.Inner`;
    * with a state: `Expr.Dynset`, `Expr.Objref`, `Expr.Quota`, `Expr.Connlimit`, `Expr.Last`;
    * acting on the packet: `Expr.Queue`, `Expr.Tproxy`, `Expr.Dup`, `Expr.Fwd`, `Expr.Synproxy`,
      `Expr.FlowOffload`; `"notrack"` has no `data`;
    * of `iptables`: `Expr.Match`, `Expr.Target`.

  An expression with any other name has the bytes of its attributes as `data`. It can be written
  back as it was read; `raw` serves that.

  Expressions pass values in registers: 0 holds the verdict, 1 to 4 have 16 bytes each, and 8 to 23
  are the same memory in units of 4 bytes.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Dynset, Exthdr, Inner, Osf}

  # NFTA_EXPR_DATA, a nest.
  @data 0x8002

  codec prefix: "NFTA_EXPR_" do
    attr 1, :name, :string, "name of the expression"

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
          }},
         "attributes, by name"

    # Attributes that no row above declares.
    unknown :raw, "attributes without a row, as `{type, payload}`"
  end

  @doc """
  The expression with this data. An `Expr` struct is returned, with the expressions inside it
  wrapped likewise.

  Raises `ArgumentError` for any other struct or term.
  """
  @spec of(struct()) :: t()
  def of(%__MODULE__{name: name, data: data} = expression) when is_binary(data) do
    if is_map_key(data_types(), name),
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

  # Kernels without the bounds check crash if `num` is absent (net/netfilter/nft_inner.c).
  def of(%__MODULE__{data: %Inner{} = data} = expression),
    do: %{expression | data: %{data | num: data.num || 0, expr: one(data.expr)}}

  def of(%__MODULE__{} = expression), do: expression

  def of(%module{} = data) do
    case Enum.find(data_types(), &match?({_name, {:nested, ^module}}, &1)) do
      {name, _type} -> of(%__MODULE__{name: name, data: data})
      nil -> raise ArgumentError, "not an expression: #{inspect(data)}"
    end
  end

  def of(other), do: raise(ArgumentError, "not an expression: #{inspect(other)}")

  defp one(expr), do: expr && of(expr)

  @doc false
  # The expressions of a rule, set, element or dynset.
  @spec all(struct()) :: [t()] | nil
  def all(%{expressions: list}), do: list && Enum.map(list, &of/1)

  # Type of `data`, by name.
  defp data_types do
    {_id, :data, {:dispatch, :name, types}} = List.keyfind(__codec__().attrs, :data, 1)
    types
  end
end

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

  Of any other kind, `data` is the bytes of its attributes, which can be read but not written.

  Expressions hand values on in registers: 0 is the verdict, 1 to 4 have 16 bytes each, and 8
  to 23 are the same memory in pieces of 4.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{
    Bitwise,
    Byteorder,
    Cmp,
    Counter,
    Ct,
    Immediate,
    Limit,
    Log,
    Lookup,
    Masq,
    Meta,
    Nat,
    Payload,
    Range,
    Redir,
    Reject
  }

  codec do
    attr 1, :name, :string

    attr 2,
         :data,
         {:dispatch, :name,
          %{
            "bitwise" => {:nested, Bitwise},
            "byteorder" => {:nested, Byteorder},
            "cmp" => {:nested, Cmp},
            "counter" => {:nested, Counter},
            "ct" => {:nested, Ct},
            "immediate" => {:nested, Immediate},
            "limit" => {:nested, Limit},
            "log" => {:nested, Log},
            "lookup" => {:nested, Lookup},
            "masq" => {:nested, Masq},
            "meta" => {:nested, Meta},
            "nat" => {:nested, Nat},
            "payload" => {:nested, Payload},
            "range" => {:nested, Range},
            "redir" => {:nested, Redir},
            "reject" => {:nested, Reject}
          }}
  end

  @kinds %{
    Bitwise => "bitwise",
    Byteorder => "byteorder",
    Cmp => "cmp",
    Counter => "counter",
    Ct => "ct",
    Immediate => "immediate",
    Limit => "limit",
    Log => "log",
    Lookup => "lookup",
    Masq => "masq",
    Meta => "meta",
    Nat => "nat",
    Payload => "payload",
    Range => "range",
    Redir => "redir",
    Reject => "reject"
  }

  @doc """
  The expression with this data; one that is an expression already stays.

  Raises `ArgumentError` for anything else.
  """
  @spec of(struct()) :: t()
  def of(%__MODULE__{} = expression), do: expression

  def of(%module{} = data) when is_map_key(@kinds, module),
    do: %__MODULE__{name: Map.fetch!(@kinds, module), data: data}

  def of(other), do: raise(ArgumentError, "not an expression: #{inspect(other)}")
end

defmodule Linx.Netlink.Nfnl.Nft.Set do
  @moduledoc """
  A set of keys, or a map from keys to data, in which rules look packets up.

  Kernel side: `NFTA_SET_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # set blocked { type ipv4_addr; flags timeout; timeout 1h; }
      Nft.add(%Nft.Set{
        family: :inet,
        table: "filter",
        name: "blocked",
        key_type: Nft.DataType.number(:ipv4_addr),
        key_len: 4,
        flags: [:timeout],
        timeout: 3_600_000
      })

  The kernel uses the lengths `key_len` and `data_len`, bytes. `key_type` and `data_type` are
  numbers of `nft`, which prints elements by them: `Linx.Netlink.Nfnl.Nft.DataType` has their names.
  The kernel interprets one `data_type`, 0xFFFFFF00, verdicts.

  `timeout`, milliseconds, is that of elements without one of their own; `gc_interval`, milliseconds,
  is how often expired elements are removed. `id` identifies a set within its batch. The `name` of an
  anonymous set is a pattern such as `"__set%d"`. `expressions` are copied into each new element.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Nfnl.FirewallHeader
  alias Linx.Netlink.Nfnl.Nft.{DataType, Expr, ObjectType, SetDesc}

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

  codec prefix: "NFTA_SET_" do
    header FirewallHeader, as: [res_id: nil]

    attr 1, :table, :string, "name of the table"
    attr 2, :name, :string, "name"
    attr 16, :handle, :be64, "handle, set by the kernel"
    attr 3, :flags, {:flags, :be32, @flags}, "properties of the set", values: "NFT_SET_"
    attr 4, :key_type, :be32, "type of the keys, a number of nft"
    attr 5, :key_len, :be32, "length of a key, bytes"
    attr 6, :data_type, :be32, "type of the data, a number of nft; 0xFFFFFF00 for verdicts"
    attr 7, :data_len, :be32, "length of the data, bytes"

    attr 8,
         :policy,
         {:enum, :be32, performance: 0, memory: 1},
         "what the kernel's choice of a data structure optimizes",
         values: "NFT_SET_POL_"

    attr 9, :desc, {:nested, SetDesc}, "capacity and fields of the key"
    attr 10, :id, :be32, "id within the batch"
    attr 11, :timeout, :be64, "lifetime of elements, ms"
    attr 12, :gc_interval, :be32, "interval of the removal of expired elements, ms"
    attr 13, :userdata, :binary, "data opaque to the kernel, at most 256 bytes"

    attr 15,
         :obj_type,
         {:enum, :be32, ObjectType.names()},
         "type of the objects, in a map of objects",
         values: "NFT_OBJECT_"

    attr 17, :expr, {:nested, Expr}, "expression of each element"

    attr 18, :expressions, {:array, {:nested, Expr}, 1}, "expressions of each element",
      element: "NFTA_LIST_ELEM"

    attr 19, :type, :string, "data structure in the kernel, read-only"
    attr 20, :count, :be32, "number of elements, read-only"
  end

  @doc """
  Whether the set is a map: its elements have data, or refer to stateful objects.

      iex> Linx.Netlink.Nfnl.Nft.Set.map?(%Linx.Netlink.Nfnl.Nft.Set{flags: [:map]})
      true
  """
  @spec map?(t()) :: boolean()
  def map?(%__MODULE__{} = set), do: flag?(set, :map) or flag?(set, :object)

  @doc """
  Whether the elements of the set are ends of intervals (`NFT_SET_INTERVAL`).
  """
  @spec interval?(t()) :: boolean()
  def interval?(%__MODULE__{} = set), do: flag?(set, :interval)

  @doc """
  Whether the set has no name of its own, and belongs to a rule (`NFT_SET_ANONYMOUS`).
  """
  @spec anonymous?(t()) :: boolean()
  def anonymous?(%__MODULE__{} = set), do: flag?(set, :anonymous)

  @doc """
  Whether packets can add, update and delete elements (`NFT_SET_EVAL`).
  """
  @spec dynamic?(t()) :: boolean()
  def dynamic?(%__MODULE__{} = set), do: flag?(set, :eval)

  defp flag?(set, flag), do: flag in Flags.names(set, :flags)

  @doc """
  The names of the type of the keys, one for each field of a concatenation; `nil` if the set has
  none. See `Linx.Netlink.Nfnl.Nft.DataType`.

      iex> Linx.Netlink.Nfnl.Nft.Set.key_types(%Linx.Netlink.Nfnl.Nft.Set{key_type: 7})
      [:ipv4_addr]
  """
  @spec key_types(t()) :: [atom() | non_neg_integer()] | nil
  def key_types(%__MODULE__{key_type: type}), do: type && DataType.names(type)

  @doc """
  The names of the type of the data of a map, as for `key_types/1`.
  """
  @spec data_types(t()) :: [atom() | non_neg_integer()] | nil
  def data_types(%__MODULE__{data_type: type}), do: type && DataType.names(type)
end

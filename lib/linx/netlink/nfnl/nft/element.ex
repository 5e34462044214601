defmodule Linx.Netlink.Nfnl.Nft.Element do
  @moduledoc """
  An element of a set or map.

  Kernel side: `NFTA_SET_ELEM_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      %Nft.Element{key: Nft.Data.value(<<192, 0, 2, 1>>), timeout: 60_000}

  In a map, `data` is the value of the key. In an interval set, an element begins an interval, and
  the next element, with the flag `:interval_end`, ends it and is not part of it. In an interval set
  of concatenations, `key_end` is the last key of the interval. The element with the flag `:catchall`
  has no key. `timeout` and `expiration` are in milliseconds.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Nfnl.Nft.{Data, Expr}

  codec prefix: "NFTA_SET_ELEM_" do
    attr 1, :key, {:nested, Data}, "key"
    attr 10, :key_end, {:nested, Data}, "last key of an interval of concatenations"
    attr 2, :data, {:nested, Data}, "data of the key, in a map"

    attr 3,
         :flags,
         {:flags, :be32, interval_end: 0x1, catchall: 0x2},
         "end of an interval, or element for all other keys",
         values: "NFT_SET_ELEM_"

    attr 4, :timeout, :be64, "lifetime, ms"
    attr 5, :expiration, :be64, "time to expiry, ms"
    attr 6, :userdata, :binary, "data opaque to the kernel, at most 256 bytes"
    attr 7, :expr, {:nested, Expr}, "expression of the element"
    attr 9, :objref, :string, "name of the stateful object, in a map of objects"

    attr 11, :expressions, {:array, {:nested, Expr}, 1}, "expressions of the element",
      element: "NFTA_LIST_ELEM"
  end

  @doc """
  Whether the element ends an interval (`NFT_SET_ELEM_INTERVAL_END`).
  """
  @spec interval_end?(t()) :: boolean()
  def interval_end?(%__MODULE__{} = element), do: :interval_end in Flags.names(element, :flags)

  @doc """
  Whether the element matches keys that no other element has (`NFT_SET_ELEM_CATCHALL`).

      iex> Linx.Netlink.Nfnl.Nft.Element.catchall?(%Linx.Netlink.Nfnl.Nft.Element{flags: [:catchall]})
      true
  """
  @spec catchall?(t()) :: boolean()
  def catchall?(%__MODULE__{} = element), do: :catchall in Flags.names(element, :flags)
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Dynset do
  @moduledoc """
  Adds, updates or deletes an element of a set from the packet: the key in `sreg_key`, in a map with
  the data in `sreg_data`. The rule goes on if that succeeded.

  Kernel side: `NFTA_DYNSET_*` of `include/uapi/linux/netfilter/nf_tables.h`. `timeout` is in
  milliseconds; 0, which the kernel reports for none, is not sent. `expressions`, or a single one as
  `expr`, become those of the new element and are evaluated.

      # update @recent { ip saddr timeout 1m }, the address being in register 1
      %Expr.Dynset{set_name: "recent", op: :update, sreg_key: 1, timeout: 60_000}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Expr

  codec prefix: "NFTA_DYNSET_" do
    attr 1, :set_name, :string, "name of the set"
    attr 2, :set_id, :be32, "id of the set within the batch"

    attr 3, :op, {:enum, :be32, add: 0, update: 1, delete: 2}, "operation",
      values: "NFT_DYNSET_OP_"

    attr 4, :sreg_key, :be32, "register of the key"
    attr 5, :sreg_data, :be32, "register of the data, in a map"
    attr 6, :timeout, :be64, "lifetime of the element, ms"
    attr 7, :expr, {:nested, Expr}, "expression of the element"

    attr 9, :flags, {:flags, :be32, inv: 0x1, expr: 0x2}, "`:inv` inverts the match",
      values: "NFT_DYNSET_F_"

    attr 10, :expressions, {:array, {:nested, Expr}, 1}, "expressions of the element",
      element: "NFTA_LIST_ELEM"
  end

  @doc false
  # The kernel refuses its own dump (net/netfilter/nft_dynset.c): it dumps a timeout of 0 for none,
  # and requires the flag `:expr` for more than one expression.
  @spec writable(t()) :: t()
  def writable(%__MODULE__{timeout: 0} = dynset), do: writable(%{dynset | timeout: nil})

  def writable(%__MODULE__{expressions: [_ | _], flags: flags} = dynset)
      when is_list(flags) or flags == nil,
      do: %{dynset | flags: Enum.uniq([:expr | flags || []])}

  def writable(dynset), do: dynset
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Quota do
  @moduledoc """
  Goes on until `bytes` bytes have passed, of which `consumed` have; with `:inv`, from then on.

  Kernel side: `NFTA_QUOTA_*` of `include/uapi/linux/netfilter/nf_tables.h`. The kernel sets
  `:depleted`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :bytes, :be64
    attr 2, :flags, {:flags, :be32, inv: 0x1, depleted: 0x2}
    attr 4, :consumed, :be64
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Connlimit do
  @moduledoc """
  Goes on as long as there are no more than `count` connections; with `:inv`, only then when
  there are more.

  Kernel side: `NFTA_CONNLIMIT_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :count, :be32
    attr 2, :flags, {:flags, :be32, inv: 0x1}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Last do
  @moduledoc """
  Keeps in mind when the last packet passed: `msecs` milliseconds ago, if `set` is 1.

  Kernel side: `NFTA_LAST_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :set, :be32
    attr 2, :msecs, :be64
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Dynset do
  @moduledoc """
  Adds the key in `sreg_key` to a set, with what is in `sreg_data` if it is a map, or renews or
  deletes it, and goes on if that worked.

  Kernel side: `NFTA_DYNSET_*` of `include/uapi/linux/netfilter/nf_tables.h`. `timeout` is in
  milliseconds; 0, as it is read where there is none, is not written. `expressions`, or the only
  one as `expr`, go into the new element and are carried out.

      # update @recent { ip saddr timeout 1m }, the address being in register 1
      %Expr.Dynset{set_name: "recent", op: :update, sreg_key: 1, timeout: 60_000}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Expr

  codec do
    attr 1, :set_name, :string
    attr 2, :set_id, :be32
    attr 3, :op, {:enum, :be32, add: 0, update: 1, delete: 2}
    attr 4, :sreg_key, :be32
    attr 5, :sreg_data, :be32
    attr 6, :timeout, :be64
    attr 7, :expr, {:nested, Expr}
    attr 9, :flags, {:flags, :be32, inv: 0x1, expr: 0x2}
    attr 10, :expressions, {:array, {:nested, Expr}, 1}
  end

  @doc false
  # The kernel does not take all that it says (net/netfilter/nft_dynset.c): a timeout of 0 is one,
  # and of several expressions the flag has to tell.
  @spec writable(t()) :: t()
  def writable(%__MODULE__{timeout: 0} = dynset), do: writable(%{dynset | timeout: nil})

  def writable(%__MODULE__{expressions: [_ | _], flags: flags} = dynset)
      when is_list(flags) or flags == nil,
      do: %{dynset | flags: Enum.uniq([:expr | flags || []])}

  def writable(dynset), do: dynset
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Objref do
  @moduledoc """
  Carries out an object, `Linx.Netlink.Nfnl.Nft.Object`: the one of a type and a name, or the one
  that a map has for the key in a register.

  Kernel side: `NFTA_OBJREF_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # counter name "ssh"
      %Expr.Objref{imm_type: :counter, imm_name: "ssh"}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.ObjectType

  codec do
    attr 1, :imm_type, {:enum, :be32, ObjectType.names()}
    attr 2, :imm_name, :string
    attr 3, :set_sreg, :be32
    attr 4, :set_name, :string
    attr 5, :set_id, :be32
  end
end

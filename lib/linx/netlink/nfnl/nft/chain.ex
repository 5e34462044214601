defmodule Linx.Netlink.Nfnl.Nft.Chain do
  @moduledoc """
  A chain: an ordered list of rules.

  Kernel side: `NFTA_CHAIN_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # A base chain: sees every packet for this machine, and drops those that no rule accepts.
      Nft.add(%Nft.Chain{
        family: :inet,
        table: "filter",
        name: "input",
        type: "filter",
        hook: Nft.Hook.new(:inet, :input, :filter),
        policy: :drop
      })

      # A regular chain: sees the packets of rules that jump to it.
      Nft.add(%Nft.Chain{family: :inet, table: "filter", name: "ssh"})

  A chain with a `hook` is a base chain. It has a `type` (`"filter"`, `"nat"` or `"route"`) and a
  `policy`, by default `:accept`. `id` identifies a chain within its batch, before it has a `handle`.
  `use` is the number of its rules and of jumps to it.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.FirewallHeader
  alias Linx.Netlink.Nfnl.Nft.{Expr, Hook, VerdictCode}

  codec prefix: "NFTA_CHAIN_" do
    header FirewallHeader, as: [res_id: nil]

    attr 1, :table, :string, "name of the table"
    attr 3, :name, :string, "name"
    attr 2, :handle, :be64, "handle, set by the kernel"
    attr 4, :hook, {:nested, Hook}, "hook, which makes a base chain"

    attr 5, :policy, {:enum, :be32, VerdictCode.policies()}, "verdict at the end of a base chain",
      values: "NF_"

    attr 6, :use, :be32, "number of rules and jumps, set by the kernel"
    attr 7, :type, :string, "\"filter\", \"nat\" or \"route\", of a base chain"
    attr 8, :counters, {:nested, Expr.Counter}, "counters of the policy"

    attr 10,
         :flags,
         {:flags, :be32, base: 0x1, hw_offload: 0x2, binding: 0x4},
         "base chain, offload to hardware, chain bound to a rule",
         values: "NFT_CHAIN_"

    attr 11, :id, :be32, "id within the batch"
    attr 12, :userdata, :binary, "data opaque to the kernel, at most 256 bytes"
  end

  @doc """
  Whether the chain is a base chain, which has a hook.

      iex> alias Linx.Netlink.Nfnl.Nft.{Chain, Hook}
      iex> Chain.base?(%Chain{family: :ip, hook: Hook.new(:ip, :input, :filter)})
      true
  """
  @spec base?(t()) :: boolean()
  def base?(%__MODULE__{hook: hook}), do: hook != nil

  @doc """
  The name of a base chain's hook in its family, or the number if it has none; `nil` for a regular
  chain.
  """
  @spec hook_name(t()) :: atom() | non_neg_integer() | nil
  def hook_name(%__MODULE__{hook: nil}), do: nil
  def hook_name(%__MODULE__{hook: hook, family: family}), do: Hook.name(hook, family)

  @doc """
  The name of a base chain's priority in its family, or the number if it has none; `nil` for a
  regular chain.
  """
  @spec priority_name(t()) :: Hook.priority() | nil
  def priority_name(%__MODULE__{hook: nil}), do: nil
  def priority_name(%__MODULE__{hook: hook, family: family}), do: Hook.priority_name(hook, family)
end

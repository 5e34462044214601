defmodule Linx.Netlink.Nfnl.Nft.Hook do
  @moduledoc """
  Netfilter hook and priority of a base chain.

  Kernel side: `NFTA_HOOK_*` of `include/uapi/linux/netfilter/nf_tables.h`; `NF_INET_*` and
  `NF_NETDEV_*` of `include/uapi/linux/netfilter.h`, `NF_ARP_*` of `netfilter_arp.h` beside it;
  `NF_IP_PRI_*` of `netfilter_ipv4.h`, `NF_BR_PRI_*` of `netfilter_bridge.h`.

      iex> Linx.Netlink.Nfnl.Nft.Hook.new(:inet, :prerouting, :dstnat)
      %Linx.Netlink.Nfnl.Nft.Hook{hooknum: 0, priority: -100}

  `hooknum` is a number: its meaning depends on the family of the chain, `name/2` gives the name.
  Of the chains of a hook, the one with the lowest `priority` is evaluated first.

  `priority` is a signed 32-bit number, or a name: `new/4`, and `Linx.Netlink.Nfnl.Nft.add/1` and
  `create/1` of a chain or flowtable, take the names that `nft` has for the family. Chains that
  were read have numbers; `priority_name/2` gives the name.

  | family | names |
  |---|---|
  | `:inet`, `:ip`, `:ip6` | `:raw` -300, `:mangle` -150, `:dstnat` -100, `:filter` 0, `:security` 50, `:srcnat` 100 |
  | `:arp`, `:netdev` | `:filter` 0 |
  | `:bridge` | `:dstnat` -300, `:filter` -200, `:out` 100, `:srcnat` 300 |

  Hooks of one link (family `:netdev`, and `:ingress` of `:inet`) need `dev`, the name of a link, or
  `devs`, several names. From Linux 6.17 on a name in `devs` that ends in `*` is a prefix: `"eth*"`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec prefix: "NFTA_HOOK_" do
    attr 1, :hooknum, :be32, "number of the hook, by family"
    attr 2, :priority, :sbe32, "priority; the lowest is first"
    attr 3, :dev, :string, "name of the link"
    # NFTA_DEVICE_NAME and NFTA_DEVICE_PREFIX.
    attr 4, :devs, {:patterns, 1, 2}, "names of links; a final `*` makes a prefix"
  end

  @ip [prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4]

  @hooks %{
    inet: @ip ++ [ingress: 5],
    ip: @ip,
    ipv4: @ip,
    ip6: @ip,
    ipv6: @ip,
    bridge: @ip,
    arp: [input: 0, output: 1, forward: 2],
    netdev: [ingress: 0, egress: 1]
  }

  @ip_priorities [raw: -300, mangle: -150, dstnat: -100, filter: 0, security: 50, srcnat: 100]
  @link_priorities [filter: 0]

  @priorities %{
    inet: @ip_priorities,
    ip: @ip_priorities,
    ipv4: @ip_priorities,
    ip6: @ip_priorities,
    ipv6: @ip_priorities,
    arp: @link_priorities,
    netdev: @link_priorities,
    bridge: [dstnat: -300, filter: -200, out: 100, srcnat: 300]
  }

  @typedoc "A priority: a number, or one of the names that `nft` has for the family."
  @type priority ::
          -0x80000000..0x7FFFFFFF
          | :raw
          | :mangle
          | :dstnat
          | :filter
          | :security
          | :srcnat
          | :out

  @doc """
  The hook with a name in a family, at a priority, for links named `devs`.

  Raises `KeyError` if the family has no such hook, and `ArgumentError` if it has no priority of
  that name.

      iex> Linx.Netlink.Nfnl.Nft.Hook.new(:netdev, :ingress, 0, ["eth0"])
      %Linx.Netlink.Nfnl.Nft.Hook{hooknum: 0, priority: 0, dev: "eth0"}
  """
  @spec new(atom(), atom(), priority(), [String.t()]) :: t()
  def new(family, name, priority, devs \\ []) when is_atom(family) and is_list(devs) do
    number = @hooks |> Map.fetch!(family) |> Keyword.fetch!(name)
    hook = %__MODULE__{hooknum: number, priority: priority(family, priority)}

    cond do
      devs == [] -> hook
      match?([_, _ | _], devs) or String.ends_with?(hd(devs), "*") -> %{hook | devs: devs}
      true -> %{hook | dev: hd(devs)}
    end
  end

  @doc """
  The name of a hook in a family, or its number if the family has no name for it.

      iex> Linx.Netlink.Nfnl.Nft.Hook.name(%Linx.Netlink.Nfnl.Nft.Hook{hooknum: 1}, :ip)
      :input
  """
  @spec name(t(), atom()) :: atom() | non_neg_integer() | nil
  def name(%__MODULE__{hooknum: number}, family),
    do: name_of(number, Map.get(@hooks, family, []))

  @doc """
  The number of a priority in a family; numbers are returned as they are.

  Raises `ArgumentError` for a name that the family does not have.

      iex> Linx.Netlink.Nfnl.Nft.Hook.priority(:inet, :srcnat) + 10
      110
      iex> Linx.Netlink.Nfnl.Nft.Hook.priority(:bridge, :filter)
      -200
  """
  @spec priority(Linx.Netlink.Nfnl.Codec.family(), priority()) :: -0x80000000..0x7FFFFFFF
  def priority(_family, number) when is_integer(number), do: number

  def priority(family, name) do
    names = priorities(family)

    case Keyword.fetch(names, name) do
      {:ok, number} ->
        number

      :error ->
        raise ArgumentError,
              "no priority #{inspect(name)} in the family #{inspect(family)}, " <>
                "which has #{inspect(Keyword.keys(names))}"
    end
  end

  @doc """
  The name of a hook's priority in a family, or the number if the family has no name for it.

      iex> hook = Linx.Netlink.Nfnl.Nft.Hook.new(:ip, :postrouting, 100)
      iex> Linx.Netlink.Nfnl.Nft.Hook.priority_name(hook, :ip)
      :srcnat
  """
  @spec priority_name(t(), Linx.Netlink.Nfnl.Codec.family()) :: priority() | nil
  def priority_name(%__MODULE__{priority: priority}, family),
    do: name_of(priority, priorities(family))

  defp priorities(family) when is_integer(family) do
    case List.keyfind(Family.numbers(), family, 1) do
      {name, _number} -> priorities(name)
      nil -> []
    end
  end

  defp priorities(family), do: Map.get(@priorities, family, [])

  defp name_of(number, names) do
    case List.keyfind(names, number, 1) do
      {name, _number} -> name
      nil -> number
    end
  end

  @doc false
  @spec __hooks__() :: %{atom() => keyword()}
  def __hooks__, do: @hooks

  @doc false
  @spec __priorities__() :: %{atom() => keyword(integer())}
  def __priorities__, do: @priorities
end

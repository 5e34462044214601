defmodule Linx.Netlink.Nfnl.Nft.Hook do
  @moduledoc """
  Where in the kernel's path of a packet a base chain sits.

  Kernel side: `NFTA_HOOK_*` of `include/uapi/linux/netfilter/nf_tables.h`, `NF_INET_*`,
  `NF_ARP_*` and `NF_NETDEV_*` of the headers beside it.

      iex> Linx.Netlink.Nfnl.Nft.Hook.new(:inet, :prerouting, -300)
      %Linx.Netlink.Nfnl.Nft.Hook{hooknum: 0, priority: -300}

  The same number is another hook in another family, so `hooknum` is one. Of the chains of
  a hook, the one with the lowest `priority` comes first. `dev` or `devs` are the names of
  links, for hooks that belong to one (`netdev`, and `:ingress` of `inet`). From Linux 6.17 on
  `devs` may have `"eth*"`, all links whose names begin so.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.{Devices, Priority}

  codec do
    attr 1, :hooknum, :be32
    attr 2, :priority, Priority
    attr 3, :dev, :string
    attr 4, :devs, {:nested, Devices}
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

  @doc """
  The hook with a name in a family, at a priority, for links named `devs`.

  Raises `KeyError` if the family has no such hook.

      iex> Linx.Netlink.Nfnl.Nft.Hook.new(:netdev, :ingress, 0, ["eth0"])
      %Linx.Netlink.Nfnl.Nft.Hook{hooknum: 0, priority: 0, dev: "eth0"}
  """
  @spec new(atom(), atom(), -0x80000000..0x7FFFFFFF, [String.t()]) :: t()
  def new(family, name, priority, devs \\ []) when is_atom(family) and is_list(devs) do
    number = @hooks |> Map.fetch!(family) |> Keyword.fetch!(name)
    hook = %__MODULE__{hooknum: number, priority: priority}

    cond do
      devs == [] -> hook
      match?([_, _ | _], devs) or String.ends_with?(hd(devs), "*") -> %{hook | devs: devs}
      true -> %{hook | dev: hd(devs)}
    end
  end

  @doc """
  The name of a hook in a family, or its number if it has none.

      iex> Linx.Netlink.Nfnl.Nft.Hook.name(%Linx.Netlink.Nfnl.Nft.Hook{hooknum: 1}, :ip)
      :input
  """
  @spec name(t(), atom()) :: atom() | non_neg_integer() | nil
  def name(%__MODULE__{hooknum: number}, family) do
    case List.keyfind(Map.get(@hooks, family, []), number, 1) do
      {name, _number} -> name
      nil -> number
    end
  end

  @doc false
  @spec __hooks__() :: %{atom() => keyword()}
  def __hooks__, do: @hooks
end

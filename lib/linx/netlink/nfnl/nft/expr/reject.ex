defmodule Linx.Netlink.Nfnl.Nft.Expr.Reject do
  @moduledoc """
  Drops the packet and answers with an ICMP error or a TCP reset.

  Kernel side: `NFTA_REJECT_*` of `include/uapi/linux/netfilter/nf_tables.h`. `icmp_code` is a code of
  the packet's ICMP version. With `:icmpx_unreach` it does not depend on the family: 0 no route,
  1 port unreachable, 2 host unreachable, 3 administratively prohibited.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_REJECT_" do
    attr 1, :type, {:enum, :be32, icmp_unreach: 0, tcp_rst: 1, icmpx_unreach: 2}, "answer",
      values: "NFT_REJECT_"

    attr 2, :icmp_code, :u8, "code of the ICMP error"
  end

  @icmpx [no_route: 0, port_unreach: 1, host_unreach: 2, admin_prohibited: 3]

  @doc """
  The expression that answers with the ICMP error of the packet's version
  (`NFT_REJECT_ICMPX_UNREACH`), by the name of its code.

      iex> Linx.Netlink.Nfnl.Nft.Expr.Reject.icmpx(:admin_prohibited)
      %Linx.Netlink.Nfnl.Nft.Expr.Reject{type: :icmpx_unreach, icmp_code: 3}

  Raises `KeyError` for another name.
  """
  @spec icmpx(:no_route | :port_unreach | :host_unreach | :admin_prohibited) :: t()
  def icmpx(code) when is_atom(code),
    do: %__MODULE__{type: :icmpx_unreach, icmp_code: Keyword.fetch!(@icmpx, code)}

  @doc """
  The name of the code of an `:icmpx_unreach`; of other types, the code itself.

      iex> alias Linx.Netlink.Nfnl.Nft.Expr.Reject
      iex> Reject.code_name(%Reject{type: :icmpx_unreach, icmp_code: 1})
      :port_unreach
  """
  @spec code_name(t()) :: atom() | 0..255 | nil
  def code_name(%__MODULE__{type: type, icmp_code: code}) when type in [:icmpx_unreach, 2] do
    case List.keyfind(@icmpx, code, 1) do
      {name, _code} -> name
      nil -> code
    end
  end

  def code_name(%__MODULE__{icmp_code: code}), do: code

  @doc false
  @spec __icmpx__() :: keyword(0..255)
  def __icmpx__, do: @icmpx
end

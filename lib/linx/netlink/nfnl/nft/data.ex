defmodule Linx.Netlink.Nfnl.Nft.Data do
  @moduledoc """
  Data of an expression or a set element: bytes, or a verdict.

  Kernel side: `NFTA_DATA_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      Nft.Data.value(<<443::16>>)
      Nft.Data.verdict(:drop)
      Nft.Data.jump("ssh")

  The kernel compares bytes in the order of the register: fields of packets are big endian, values
  of `Linx.Netlink.Nfnl.Nft.Expr.Meta` and `Ct` are in the host's byte order.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Verdict

  codec prefix: "NFTA_DATA_" do
    attr 1, :value, :binary, "bytes"
    attr 2, :verdict, {:nested, Verdict}, "verdict"
  end

  @doc """
  Data of bytes.

      iex> Linx.Netlink.Nfnl.Nft.Data.value("eth0")
      %Linx.Netlink.Nfnl.Nft.Data{value: "eth0"}
  """
  @spec value(binary()) :: t()
  def value(bytes) when is_binary(bytes), do: %__MODULE__{value: bytes}

  @doc """
  The data of a verdict without a target: `:accept`, `:drop`, `:continue`, `:return` and so on.
  """
  @spec verdict(atom()) :: t()
  def verdict(code) when is_atom(code), do: %__MODULE__{verdict: %Verdict{code: code}}

  @doc """
  The data of the verdict `:jump`: evaluation continues in another chain and returns.
  """
  @spec jump(String.t()) :: t()
  def jump(chain) when is_binary(chain),
    do: %__MODULE__{verdict: %Verdict{code: :jump, chain: chain}}

  @doc """
  The data of the verdict `:goto`: evaluation continues in another chain and does not return.
  """
  @spec goto(String.t()) :: t()
  def goto(chain) when is_binary(chain),
    do: %__MODULE__{verdict: %Verdict{code: :goto, chain: chain}}
end

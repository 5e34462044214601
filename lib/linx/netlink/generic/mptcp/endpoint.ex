defmodule Linx.Netlink.Generic.Mptcp.Endpoint do
  @moduledoc """
  Endpoint of Multipath TCP: an address that connections of a namespace use, or announce to their peers.

  Kernel side: `MPTCP_PM_ADDR_ATTR_*` of `include/uapi/linux/mptcp_pm.h`, `MPTCP_PM_ADDR_FLAG_*` of
  `include/uapi/linux/mptcp.h`.

  Flags:

    * `:signal` - the address is announced to peers, which may connect to it;
    * `:subflow` - a subflow is made from the address;
    * `:backup` - subflows of the address carry data only if no other one can;
    * `:fullmesh` - a subflow is made from the address to each address of the peer;
    * `:laminar` - the address is used for subflows to addresses that peers announce; from Linux 6.18;
    * `:implicit` - the kernel made the endpoint, for an address that a connection uses.
  """

  use Linx.Netlink.Codec

  alias Linx.IP
  alias Linx.Netlink.Options

  # MPTCP_PM_ADDR_FLAG_* of include/uapi/linux/mptcp.h.
  @flags [signal: 0x1, subflow: 0x2, backup: 0x4, fullmesh: 0x8, implicit: 0x10, laminar: 0x20]

  codec prefix: "MPTCP_PM_ADDR_ATTR_" do
    attr 1, :family, {:enum, :u16, Options.families()}, "address family", values: "AF_"
    attr 2, :id, :u8, "id of the address"
    attr 3, :addr4, IP, "IPv4 address"
    attr 4, :addr6, IP, "IPv6 address"
    attr 5, :port, :u16, "TCP port that is announced, 0 or `nil` for that of the connection"
    attr 6, :flags, {:flags, :u32, @flags}, "use of the address", values: "MPTCP_PM_ADDR_FLAG_"
    attr 7, :if_idx, :s32, "index of the link that subflows leave by"
  end

  @doc false
  @spec __flags__() :: keyword(pos_integer())
  def __flags__, do: @flags

  @doc """
  Address of either family.
  """
  @spec address(t()) :: IP.t() | nil
  def address(%__MODULE__{} = endpoint), do: endpoint.addr4 || endpoint.addr6

  @doc false
  # The fields of an address, or of `{address, port}`.
  @spec cast(term()) :: {:ok, {:fields, keyword()}} | :error | {:error, {:bad_address, term()}}
  def cast({address, port}) when port in 1..0xFFFF do
    with {:ok, {:fields, fields}} <- cast(address), do: {:ok, {:fields, [port: port] ++ fields}}
  end

  def cast(address) do
    case IP.cast(address) do
      {:ok, %IP{family: :inet} = ip} -> {:ok, {:fields, family: :inet, addr4: ip}}
      {:ok, %IP{family: :inet6} = ip} -> {:ok, {:fields, family: :inet6, addr6: ip}}
      {:error, reason} -> if is_binary(address), do: {:error, reason}, else: :error
    end
  end
end

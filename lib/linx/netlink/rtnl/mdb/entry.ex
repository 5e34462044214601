defmodule Linx.Netlink.Rtnl.Mdb.Entry do
  @moduledoc """
  A group on a port: `struct br_mdb_entry`, followed by `MDBA_MDB_EATTR_*`.

  Kernel side: `include/uapi/linux/if_bridge.h`. `ifindex` is the port, or the bridge for its own
  stack; `vid` the VLAN, 0 for none. `timer` is in hundredths of a second, 0 for a permanent entry.
  `addr` is the address and the protocol (`ETH_P_*`) of the group; see `group/1`.
  """

  use Linx.Netlink.Codec

  alias Linx.{IP, MAC}
  alias Linx.Netlink.Rtnl.Mdb.SourceList
  alias Linx.Netlink.Rtnl.Protocol

  # ETH_P_IP and ETH_P_IPV6 of include/uapi/linux/if_ether.h.
  @ip 0x0800
  @ipv6 0x86DD

  # MDB_FLAGS_*.
  @flags [offload: 0x1, fast_leave: 0x2, star_excl: 0x4, blocked: 0x8, offload_failed: 0x10]

  codec prefix: "MDBA_MDB_EATTR_" do
    header "struct br_mdb_entry" do
      field :ifindex, :u32, "port, or the bridge"
      field :state, {:enum, :u8, temporary: 0, permanent: 1}, "state", values: "MDB_"

      field :flags, {:flags, :u8, @flags}, "flags", values: "MDB_FLAGS_"

      field :vid, :u16, "VLAN, 0 for none"
      field :addr, {:binary, 20}, "address and protocol, see `group/1`"
    end

    attr 1, :timer, :u32, "time left, 1/100 s; 0 for a permanent entry", volatile: true
    attr 2, :src_list, {:nested, SourceList}, "sources"
    attr 3, :group_mode, {:enum, :u8, exclude: 0, include: 1}, "filter mode", values: "MCAST_"
    attr 4, :source, IP, "source of an `(S, G)` entry"
    attr 5, :rtprot, {:enum, :u8, Protocol.names()}, "origin of the entry", values: "RTPROT_"
  end

  @doc """
  The multicast group: an IP or a MAC address; `nil` if there is none.
  """
  @spec group(t()) :: IP.t() | MAC.t() | nil
  def group(%__MODULE__{addr: <<address::binary-16, proto::16, _pad::16>>}) do
    case proto do
      @ip -> IP.decode(binary_part(address, 0, 4))
      @ipv6 -> IP.decode(address)
      0 -> MAC.decode(binary_part(address, 0, 6))
      _ -> nil
    end
  end

  def group(%__MODULE__{}), do: nil

  @doc """
  The entry of a group, without a port.
  """
  @spec new(IP.t() | MAC.t()) :: t()
  def new(%IP{family: :inet, bytes: bytes}), do: new(bytes, @ip)
  def new(%IP{family: :inet6, bytes: bytes}), do: new(bytes, @ipv6)
  def new(%MAC{bytes: bytes}), do: new(bytes, 0)

  defp new(bytes, proto) do
    padding = 8 * (16 - byte_size(bytes))
    %__MODULE__{addr: <<bytes::binary, 0::size(padding), proto::16, 0::16>>}
  end
end

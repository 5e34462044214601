defmodule Linx.Netlink.Rtnl.Link.Vf do
  @moduledoc """
  A virtual function of a link: one entry of `IFLA_VFINFO_LIST`.

  Kernel side: `IFLA_VF_*` of `include/uapi/linux/if_link.h`. The kernel lists virtual
  functions only when asked with `RTEXT_FILTER_VF`.

      {:ok, link} = Linx.Netlink.Rtnl.Link.get(sock, "eth0", vf: true)
      for vf <- link.rare.vfinfo_list, do: vf.trust.setting

  Every attribute repeats the number of the function. Rates are in Mbit/s.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Address, Broadcast, Guid, LinkState, Rate, Setting, Stats, Vlan, VlanInfo}

  codec do
    attr 1, :mac, Address
    attr 2, :vlan, Vlan
    attr 3, :tx_rate, Setting
    attr 4, :spoofchk, Setting
    attr 5, :link_state, LinkState
    attr 6, :rate, Rate
    attr 7, :rss_query_en, Setting
    attr 8, :stats, {:nested, Stats}
    attr 9, :trust, Setting
    attr 10, :ib_node_guid, Guid
    attr 11, :ib_port_guid, Guid
    attr 12, :vlan_list, {:array, VlanInfo, 1}
    attr 13, :broadcast, Broadcast
  end
end

defmodule Linx.Netlink.Rtnl.Link.Vf.Address do
  @moduledoc """
  Address of a virtual function: `struct ifla_vf_mac`.

  `mac` has room for the longest address. How many of its bytes count depends on the card:
  see `address/2`.
  """

  use Linx.Netlink.Codec

  alias Linx.{LinkAddress, MAC}

  codec do
    header do
      field :vf, :u32
      field :mac, {:binary, 32}
    end
  end

  @doc """
  The address, of a card whose addresses have `size` bytes: 6 with Ethernet, 20 with InfiniBand.

      Address.address(vf.mac, byte_size(link.address.bytes))

  A `Linx.MAC` or a `Linx.LinkAddress`; `nil` of one that was cut short.
  """
  @spec address(t(), 1..32) :: MAC.t() | LinkAddress.t() | nil
  def address(address, size \\ 6)

  def address(%__MODULE__{mac: nil}, size) when size in 1..32, do: nil

  def address(%__MODULE__{mac: bytes}, size) when size in 1..32,
    do: LinkAddress.decode(binary_part(bytes, 0, size))
end

defmodule Linx.Netlink.Rtnl.Link.Vf.Broadcast do
  @moduledoc """
  Broadcast address of a virtual function: `struct ifla_vf_broadcast`.

  `broadcast` has room for the longest address. How many of its bytes count depends on the
  card: see `address/2`.
  """

  use Linx.Netlink.Codec

  alias Linx.{LinkAddress, MAC}

  codec do
    header do
      field :broadcast, {:binary, 32}
    end
  end

  @doc """
  The address, of a card whose addresses have `size` bytes: 6 with Ethernet, 20 with InfiniBand.

  A `Linx.MAC` or a `Linx.LinkAddress`; `nil` of one that was cut short.
  """
  @spec address(t(), 1..32) :: MAC.t() | LinkAddress.t() | nil
  def address(address, size \\ 6)

  def address(%__MODULE__{broadcast: nil}, size) when size in 1..32, do: nil

  def address(%__MODULE__{broadcast: bytes}, size) when size in 1..32,
    do: LinkAddress.decode(binary_part(bytes, 0, size))
end

defmodule Linx.Netlink.Rtnl.Link.Vf.Vlan do
  @moduledoc """
  VLAN of a virtual function: `struct ifla_vf_vlan`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :vf, :u32
      field :vlan, :u32
      field :qos, :u32
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.Vf.VlanInfo do
  @moduledoc """
  VLAN of a virtual function with its tag protocol: `struct ifla_vf_vlan_info`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :vf, :u32
      field :vlan, :u32
      field :qos, :u32
      field :vlan_proto, {:enum, :be16, "802.1q": 0x8100, "802.1ad": 0x88A8}
      pad 2
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.Vf.Setting do
  @moduledoc """
  A number set for a virtual function: `struct ifla_vf_spoofchk`,
  `struct ifla_vf_trust`, `struct ifla_vf_rss_query_en`, `struct ifla_vf_tx_rate`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :vf, :u32
      field :setting, :u32
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.Vf.LinkState do
  @moduledoc """
  Carrier of a virtual function: `struct ifla_vf_link_state`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :vf, :u32
      field :link_state, {:enum, :u32, auto: 0, enable: 1, disable: 2}
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.Vf.Rate do
  @moduledoc """
  Bandwidth of a virtual function in Mbit/s: `struct ifla_vf_rate`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :vf, :u32
      field :min_tx_rate, :u32
      field :max_tx_rate, :u32
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.Vf.Guid do
  @moduledoc """
  InfiniBand identifier of a virtual function: `struct ifla_vf_guid`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :vf, :u32
      pad 4
      field :guid, :u64
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.Vf.Stats do
  @moduledoc """
  Counters of a virtual function: `IFLA_VF_STATS_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 0, :rx_packets, :u64, volatile: true
    attr 1, :tx_packets, :u64, volatile: true
    attr 2, :rx_bytes, :u64, volatile: true
    attr 3, :tx_bytes, :u64, volatile: true
    attr 4, :broadcast, :u64, volatile: true
    attr 5, :multicast, :u64, volatile: true
    attr 7, :rx_dropped, :u64, volatile: true
    attr 8, :tx_dropped, :u64, volatile: true
  end
end

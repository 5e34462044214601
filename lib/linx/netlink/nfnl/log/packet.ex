defmodule Linx.Netlink.Nfnl.Log.Packet do
  @moduledoc """
  A packet that a firewall rule has logged.

  Kernel side: `NFULA_*` of `include/uapi/linux/netfilter/nfnetlink_log.h`.

      %Linx.Netlink.Nfnl.Log.Packet{
        family: :ipv4,
        group: 5,
        prefix: "dropped ",
        ifindex_indev: 2,
        payload: <<0x45, _::binary>>
      }

  `payload` is the packet from its network header on, or its beginning. `mark` is `nil` if it
  is 0, `timestamp` if the packet has none, as those of this machine, and `uid` and `gid` if it
  has no socket. `seq` and `seq_global` count the packets of the group and of all groups, `ct` is
  its connection; these are there if they were asked for.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family
  alias __MODULE__.{Connection, HardwareAddress, Header, Timestamp, Vlan}

  codec do
    header do
      field :family, {:enum, :u8, Family.packet()}
      pad 1
      field :group, :be16
    end

    attr 1, :packet_hdr, Header
    attr 2, :mark, :be32
    attr 3, :timestamp, Timestamp
    attr 4, :ifindex_indev, :be32
    attr 5, :ifindex_outdev, :be32
    attr 6, :ifindex_physindev, :be32
    attr 7, :ifindex_physoutdev, :be32
    attr 8, :hwaddr, HardwareAddress
    attr 9, :payload, :binary
    attr 10, :prefix, :string
    attr 11, :uid, :be32
    attr 12, :seq, :be32
    attr 13, :seq_global, :be32
    attr 14, :gid, :be32
    attr 15, :hwtype, :be16
    attr 16, :hwheader, :binary
    attr 17, :hwlen, :be16
    attr 18, :ct, Connection
    attr 19, :ct_info, :be32
    attr 20, :vlan, {:nested, Vlan}
    attr 21, :l2hdr, :binary
  end
end

defmodule Linx.Netlink.Nfnl.Log.Packet.Header do
  @moduledoc """
  The packet's EtherType, and the number of the hook it was logged at:
  `struct nfulnl_msg_packet_hdr`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :hw_protocol, :be16
      field :hook, :u8
      pad 1
    end
  end
end

defmodule Linx.Netlink.Nfnl.Log.Packet.Timestamp do
  @moduledoc """
  When the packet arrived, in seconds and microseconds since 1970:
  `struct nfulnl_msg_packet_timestamp`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :sec, :be64
      field :usec, :be64
    end
  end
end

defmodule Linx.Netlink.Nfnl.Log.Packet.Vlan do
  @moduledoc """
  The VLAN tag that the packet had: its EtherType and its 16 bits, `NFULA_VLAN_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :proto, :be16
    attr 2, :tci, :be16
  end
end

defmodule Linx.Netlink.Nfnl.Log.Packet.HardwareAddress do
  @moduledoc false
  # `struct nfulnl_msg_packet_hw`: a length, two bytes of padding, eight of which so many count.

  alias Linx.{LinkAddress, MAC}

  @type t :: MAC.t() | LinkAddress.t()

  @spec decode(binary()) :: t() | nil
  def decode(<<len::16, _::16, address::binary-size(len), _::binary>>),
    do: LinkAddress.decode(address)

  def decode(_short), do: nil

  @spec encode(t() | binary()) :: binary()
  def encode(%module{bytes: bytes}) when module in [MAC, LinkAddress], do: encode(bytes)

  def encode(bytes) when is_binary(bytes) and byte_size(bytes) <= 8,
    do: <<byte_size(bytes)::16, 0::16, bytes::binary, 0::size(8 - byte_size(bytes))-unit(8)>>
end

defmodule Linx.Netlink.Nfnl.Log.Packet.Connection do
  @moduledoc false
  # The attributes of a connection, without the header that it has where it is listed.

  alias Linx.Netlink.Nfnl.Conntrack
  alias Linx.Netlink.Nfnl.Conntrack.Tuple

  @type t :: Conntrack.t()

  @spec decode(binary()) :: t()
  def decode(attributes) do
    case Conntrack.decode(<<0::32, attributes::binary>>) do
      %Conntrack{tuple_orig: nil} = entry -> entry
      entry -> %{entry | family: Tuple.family(entry.tuple_orig)}
    end
  end

  @spec encode(t()) :: binary()
  def encode(%Conntrack{} = entry) do
    <<_::32, attributes::binary>> = Conntrack.encode(entry)
    attributes
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Hsr do
  @moduledoc """
  Redundant ring (HSR) or pair of networks (PRP): kind `"hsr"`.

  Kernel side: `IFLA_HSR_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "hsr0", :hsr, slave1: "eth0", slave2: "eth1", version: 1)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.MAC

  @protocols [hsr: 0, prp: 1]

  codec prefix: "IFLA_HSR_" do
    attr 1, :slave1, :u32, "index of the first port"
    attr 2, :slave2, :u32, "index of the second port"
    attr 3, :multicast_spec, :u8, "last byte of the supervision address"
    attr 4, :supervision_addr, MAC, "destination address of supervision frames"
    attr 5, :seq_nr, :u16, "sequence number of the next frame", volatile: true
    attr 6, :version, :u8, "HSR version"
    attr 7, :protocol, {:enum, :u8, @protocols}, "redundancy protocol", values: "HSR_PROTOCOL_"
    attr 8, :interlink, :u32, "index of the port to single-attached nodes"
  end

  options(
    slave1: {:link, "first port", required: true, only: :create},
    slave2: {:link, "second port", required: true, only: :create},
    interlink: {:link, "port to single-attached nodes", only: :create},
    multicast_spec: {0..255, "last byte of the supervision address", only: :create},
    version: {0..1, "HSR version", only: :create},
    protocol: {{:enum, @protocols}, "redundancy protocol", only: :create}
  )
end

defmodule Linx.Netlink.Rtnl.Link.Port do
  @moduledoc """
  Port of an 802.1Qbg switch, of a device or of one of its virtual functions: `IFLA_PORT_*`.
  """

  use Linx.Netlink.Codec

  @requests [preassociate: 0, preassociate_rr: 1, associate: 2, disassociate: 3]

  codec do
    attr 1, :vf, :u32
    attr 2, :profile, :string
    attr 3, :vsi_type, :binary
    attr 4, :instance_uuid, :binary
    attr 5, :host_uuid, :binary
    attr 6, :request, {:enum, :u8, @requests}
    attr 7, :response, :u16
  end
end

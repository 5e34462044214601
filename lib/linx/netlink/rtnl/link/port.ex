defmodule Linx.Netlink.Rtnl.Link.Port do
  @moduledoc """
  Port of an 802.1Qbg switch, of a device or of one of its virtual functions: `IFLA_PORT_*`.
  """

  use Linx.Netlink.Codec

  @requests [preassociate: 0, preassociate_rr: 1, associate: 2, disassociate: 3]

  @responses [
    vdp_response_success: 0,
    vdp_response_invalid_format: 1,
    vdp_response_insufficient_resources: 2,
    vdp_response_unused_vtid: 3,
    vdp_response_vtid_violation: 4,
    vdp_response_vtid_version_violation: 5,
    vdp_response_out_of_sync: 6,
    profile_response_success: 0x100,
    profile_response_inprogress: 0x101,
    profile_response_invalid: 0x102,
    profile_response_badstate: 0x103,
    profile_response_insufficient_resources: 0x104,
    profile_response_error: 0x105
  ]

  codec prefix: "IFLA_PORT_" do
    attr 1, :vf, :u32, "number of the virtual function"
    attr 2, :profile, :string, "name of the port profile"
    attr 3, :vsi_type, :binary, "VSI type (802.1Qbg), struct ifla_port_vsi"
    attr 4, :instance_uuid, :binary, "UUID of the instance, 16 bytes"
    attr 5, :host_uuid, :binary, "UUID of the host, 16 bytes"
    attr 6, :request, {:enum, :u8, @requests}, "requested association", values: "PORT_REQUEST_"

    attr 7, :response, {:enum, :u16, @responses}, "response to the request",
      values:
        {"PORT_", vdp_response_vtid_version_violation: "PORT_VDP_RESPONSE_VTID_VERSION_VIOALTION"}
  end
end

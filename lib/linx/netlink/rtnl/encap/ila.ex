defmodule Linx.Netlink.Rtnl.Encap.Ila do
  @moduledoc """
  Identifier locator addressing (ILA), which rewrites the upper half of an IPv6 destination:
  encapsulation type `:ila`.

  Kernel side: `ILA_ATTR_*` of `include/uapi/linux/ila.h`.

      Route.add(sock, "2001:db8::7", 128, "fd00::1", encap: {:ila, locator: 0x2001_0DB8_0000_0001})
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  @csum_modes [adjust_transport: 0, neutral_map: 1, no_action: 2, neutral_map_auto: 3]
  @ident_types [
    iid: 0,
    luid: 1,
    virt_v4: 2,
    virt_uni_v6: 3,
    virt_multi_v6: 4,
    nonlocal_addr: 5,
    rsvd_1: 6,
    rsvd_2: 7,
    use_format: 32
  ]
  @hook_types [route_output: 0, route_input: 1]

  codec prefix: "ILA_ATTR_" do
    attr 1, :locator, :be64, "upper half of the new destination"

    attr 7, :csum_mode, {:enum, :u8, @csum_modes}, "correction of transport checksums",
      values: "ILA_CSUM_"

    attr 8, :ident_type, {:enum, :u8, @ident_types}, "type of the identifier",
      values: "ILA_ATYPE_"

    attr 9, :hook_type, {:enum, :u8, @hook_types}, "hook at which addresses are rewritten",
      values: "ILA_HOOK_"
  end

  options(
    locator: {0..0xFFFFFFFFFFFFFFFF, "upper half of the new destination", required: true},
    csum_mode: {{:enum, @csum_modes}, "correction of transport checksums"},
    ident_type: {{:enum, @ident_types}, "type of the identifier, the lower half"},
    hook_type: {{:enum, @hook_types}, "hook at which addresses are rewritten"}
  )
end

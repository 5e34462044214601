defmodule Linx.Netlink.Rtnl.LinkInfo.Gtp do
  @moduledoc """
  GTP-U tunnel of a mobile network: kind `"gtp"`.

  Kernel side: `IFLA_GTP_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "gtp0", :gtp, create_sockets: true, local: "192.0.2.1")

  Without `:create_sockets` (Linux 6.1) the caller provides two UDP sockets, `:fd0` and `:fd1`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP

  @roles [ggsn: 0, sgsn: 1]

  codec prefix: "IFLA_GTP_" do
    attr 1, :fd0, :u32, "descriptor of the GTPv0 socket"
    attr 2, :fd1, :u32, "descriptor of the GTPv1 socket"
    attr 3, :pdp_hashsize, :u32, "size of the table of contexts"
    attr 4, :role, {:enum, :u32, @roles}, "role of this end", values: "GTP_ROLE_"
    attr 5, :create_sockets, {:bool, :u8}, "let the kernel make the sockets"
    attr 6, :restart_count, :u8, "restart counter sent to peers"
    attr 7, :local, IP, "IPv4 address of the kernel's sockets"
    attr 8, :local6, IP, "IPv6 address of the kernel's sockets"
  end

  options(
    fd0: {0..0x7FFFFFFF, "descriptor of the GTPv0 socket", only: :create},
    fd1: {0..0x7FFFFFFF, "descriptor of the GTPv1 socket", only: :create},
    pdp_hashsize: {1..0xFFFFFFFF, "size of the table of contexts", only: :create},
    role: {{:enum, @roles}, "role of this end", only: :create},
    create_sockets: {:bool, "let the kernel make the sockets", only: :create},
    restart_count: {0..255, "restart counter sent to peers", only: :create},
    local: {{:ip, {:local, :local6}}, "address of the kernel's sockets", only: :create}
  )
end

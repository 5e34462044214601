defmodule Linx.Netlink.Rtnl.LinkInfo.Vti do
  @moduledoc """
  Virtual tunnel interface of IPsec, older than xfrm interfaces: kinds `"vti"` and `"vti6"`.

  Kernel side: `IFLA_VTI_*` of `include/uapi/linux/if_tunnel.h`.

      Link.create(sock, "vti1", :vti, local: "192.0.2.1", remote: "192.0.2.2", ikey: 7, okey: 7)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.LinkInfo.Kind

  @behaviour Kind

  codec prefix: "IFLA_VTI_" do
    attr 1, :link, :u32, "index of the underlying link"
    attr 2, :ikey, :be32, "mark of the inbound policies"
    attr 3, :okey, :be32, "mark of the outbound policies"
    attr 4, :local, IP, "source address"
    attr 5, :remote, IP, "remote address"
    attr 6, :fwmark, :u32, "mark of sent packets"
  end

  options(
    parent: {:link, "link that carries the packets", field: [:link]},
    local: {:ip, "source address"},
    remote: {:ip, "remote address"},
    ikey: {0..0xFFFFFFFF, "mark of the inbound policies"},
    okey: {0..0xFFFFFFFF, "mark of the outbound policies"},
    fwmark: {0..0xFFFFFFFF, "mark of sent packets"}
  )

  @impl true
  @doc false
  def __options__("vti6"), do: Kind.of_family(__options__(), :ip6)
  def __options__("vti"), do: Kind.of_family(__options__(), :ip4)
end

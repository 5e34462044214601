defmodule Linx.Netlink.Rtnl.Encap.TunnelOpts do
  @moduledoc """
  What GENEVE, VXLAN and ERSPAN tunnels carry besides, in `opts` of
  `Linx.Netlink.Rtnl.Encap.Ip` and `Linx.Netlink.Rtnl.Encap.Ip6`.

  Kernel side: `LWTUNNEL_IP_OPTS_*` of `include/uapi/linux/lwtunnel.h`.

      %TunnelOpts{geneve: [%TunnelOpts.Geneve{class: 0x102, type: 0x80, data: <<1, 2, 3, 4>>}]}

  One kind at a time. A GENEVE tunnel may have many options, of 4, 8, … 128 bytes each.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :geneve, {:repeated, {:nested, __MODULE__.Geneve}}
    attr 2, :vxlan, {:nested, __MODULE__.Vxlan}
    attr 3, :erspan, {:nested, __MODULE__.Erspan}
  end

  defmodule Geneve do
    @moduledoc """
    A GENEVE option (RFC 8926): `LWTUNNEL_IP_OPT_GENEVE_*` of
    `include/uapi/linux/lwtunnel.h`.
    """

    use Linx.Netlink.Codec

    codec do
      attr 1, :class, :be16
      attr 2, :type, :u8
      attr 3, :data, :binary
    end
  end

  defmodule Vxlan do
    @moduledoc """
    The group policy of a VXLAN: `LWTUNNEL_IP_OPT_VXLAN_*` of
    `include/uapi/linux/lwtunnel.h`.
    """

    use Linx.Netlink.Codec

    codec do
      attr 1, :gbp, :u32
    end
  end

  defmodule Erspan do
    @moduledoc """
    The header of an ERSPAN: `LWTUNNEL_IP_OPT_ERSPAN_*` of
    `include/uapi/linux/lwtunnel.h`.
    """

    use Linx.Netlink.Codec

    codec do
      attr 1, :ver, :u8
      attr 2, :index, :be32
      attr 3, :dir, :u8
      attr 4, :hwid, :u8
    end
  end
end

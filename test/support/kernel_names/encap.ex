defmodule Linx.Test.KernelNames.Encap do
  @moduledoc false
  # The kernel's names for what routes put around packets. `Linx.Test.KernelNames` tells how
  # to read this.

  alias Linx.Netlink.Rtnl.Encap

  def headers do
    ~w(linux/if_tunnel.h linux/ila.h linux/ioam6_iptunnel.h linux/lwtunnel.h
       linux/mpls_iptunnel.h linux/rpl_iptunnel.h linux/seg6_iptunnel.h linux/seg6_local.h)
  end

  def table do
    %{
      Encap.Bpf => [attrs: "LWT_BPF_"],
      Encap.Bpf.Program => [attrs: "LWT_BPF_PROG_"],
      Encap.Ila => [
        attrs: "ILA_ATTR_",
        names: [csum_mode: "ILA_CSUM_", ident_type: "ILA_ATYPE_", hook_type: "ILA_HOOK_"]
      ],
      Encap.Ioam6 => [attrs: "IOAM6_IPTUNNEL_", names: [mode: "IOAM6_IPTUNNEL_MODE_"]],
      Encap.Ip => [attrs: "LWTUNNEL_IP_", names: [flags: {:be16, "TUNNEL_"}]],
      Encap.Ip6 => [attrs: "LWTUNNEL_IP6_", names: [flags: {:be16, "TUNNEL_"}]],
      Encap.Mpls => [attrs: "MPLS_IPTUNNEL_"],
      Encap.Rpl => [attrs: "RPL_IPTUNNEL_"],
      Encap.Seg6 => [attrs: "SEG6_IPTUNNEL_", options: [mode: "SEG6_IPTUN_MODE_"]],
      Encap.Seg6Local => [
        attrs: "SEG6_LOCAL_",
        names: [action: "SEG6_LOCAL_ACTION_"],
        options: [flavors: {:bit, "SEG6_LOCAL_FLV_OP_"}]
      ],
      Encap.Seg6Local.Counters => [attrs: "SEG6_LOCAL_CNT_"],
      Encap.Seg6Local.Flavors => [
        attrs: "SEG6_LOCAL_FLV_",
        names: [operation: {:bit, "SEG6_LOCAL_FLV_OP_"}]
      ],
      Encap.Seg6Local.Program => [attrs: "SEG6_LOCAL_BPF_"],
      Encap.TunnelOpts => [attrs: "LWTUNNEL_IP_OPTS_"],
      Encap.TunnelOpts.Erspan => [attrs: "LWTUNNEL_IP_OPT_ERSPAN_"],
      Encap.TunnelOpts.Geneve => [attrs: "LWTUNNEL_IP_OPT_GENEVE_"],
      Encap.TunnelOpts.Vxlan => [attrs: "LWTUNNEL_IP_OPT_VXLAN_"],
      Encap.Xfrm => [attrs: "LWT_XFRM_"]
    }
  end

  def newer do
    %{
      {6, 12} => ~w(IOAM6_IPTUNNEL_SRC),
      {7, 2} => ~w(SEG6_IPTUNNEL_SRC)
    }
  end

  def functions, do: []
end

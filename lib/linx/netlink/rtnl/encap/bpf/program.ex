defmodule Linx.Netlink.Rtnl.Encap.Bpf.Program do
  @moduledoc """
  A BPF program: `LWT_BPF_PROG_*` of `include/uapi/linux/lwtunnel.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "LWT_BPF_PROG_" do
    attr 1, :fd, :u32, "file descriptor, request only"
    attr 2, :name, :string, "name"
  end
end

defmodule Linx.Netlink.Rtnl.Encap.Bpf do
  @moduledoc """
  BPF programs that process packets: encapsulation type `:bpf`.

  Kernel side: `LWT_BPF_*` of `include/uapi/linux/lwtunnel.h`.

      Route.add(sock, "10.9.0.0", 16, nil,
        dev: "eth0",
        encap: %Bpf{xmit: %Bpf.Program{fd: fd, name: "push"}, xmit_headroom: 20}
      )

  A program is written by its file descriptor; the kernel reports its name only.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Program

  codec prefix: "LWT_BPF_" do
    attr 1, :in, {:nested, Program}, "program for incoming packets"
    attr 2, :out, {:nested, Program}, "program for outgoing packets"
    attr 3, :xmit, {:nested, Program}, "program before transmission"
    attr 4, :xmit_headroom, :u32, "headroom that `xmit` needs, bytes"
  end
end

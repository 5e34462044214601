defmodule Linx.Netlink.Rtnl.Encap.Seg6Local.Program do
  @moduledoc """
  A BPF program: `SEG6_LOCAL_BPF_PROG_*` of `include/uapi/linux/seg6_local.h`.

  `prog` is a file descriptor when written, the id of the program when read.
  """

  use Linx.Netlink.Codec

  codec prefix: "SEG6_LOCAL_BPF_" do
    attr 1, :prog, :u32, "file descriptor in a request, id of the program in a reply"
    attr 2, :prog_name, :string, "name"
  end
end

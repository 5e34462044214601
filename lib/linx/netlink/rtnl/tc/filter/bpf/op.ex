defmodule Linx.Netlink.Rtnl.Tc.Filter.Bpf.Op do
  @moduledoc """
  Instruction of classic bytecode.

  Kernel side: `struct sock_filter` of `include/uapi/linux/filter.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct sock_filter" do
      field :code, :u16, "code"
      field :jt, :u8, "jump if true"
      field :jf, :u8, "jump if false"
      field :k, :u32, "operand"
    end
  end
end

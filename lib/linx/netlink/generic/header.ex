defmodule Linx.Netlink.Generic.Header do
  @moduledoc """
  Header of a message of generic netlink, in front of its attributes.

  Kernel side: `struct genlmsghdr` of `include/uapi/linux/genetlink.h`.

      codec prefix: "WGDEVICE_A_" do
        header Linx.Netlink.Generic.Header
        attr 1, :ifindex, :u32
      end

  It has no fields in a struct: command and version belong to the request, which sets them, and a
  struct is the same whichever command it was read by. A family with a header of its own declares both
  as one, and begins with `pad 4`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct genlmsghdr" do
      pad 4
    end
  end
end

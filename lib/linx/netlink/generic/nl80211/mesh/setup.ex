defmodule Linx.Netlink.Generic.Nl80211.Mesh.Setup do
  @moduledoc """
  Settings of a mesh that are made when it is joined.

  Kernel side: `NL80211_MESH_SETUP_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NL80211_MESH_SETUP_" do
    attr 1, :enable_vendor_path_sel, {:bool, :u8}, "path selection of a vendor"
    attr 2, :enable_vendor_metric, {:bool, :u8}, "metric of a vendor"
    attr 3, :ie, :binary, "information elements of beacons"
    attr 4, :userspace_auth, :flag, "a program authenticates peers"
    attr 5, :userspace_ampe, :flag, "a program makes keys"
    attr 6, :enable_vendor_sync, {:bool, :u8}, "synchronization of a vendor"
    attr 7, :userspace_mpm, :flag, "a program manages peer links"
    attr 8, :auth_protocol, :u8, "protocol of the authentication, IEEE 802.11"
  end
end

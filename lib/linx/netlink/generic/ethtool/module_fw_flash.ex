defmodule Linx.Netlink.Generic.Ethtool.ModuleFwFlash do
  @moduledoc """
  Progress of the flashing of a plug-in module, in a notification, and the request of it. From Linux 6.11.

  Kernel side: `ETHTOOL_A_MODULE_FW_FLASH_*` of `include/uapi/linux/ethtool_netlink.h`.

  `password` is not shown by `inspect/2`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  @status [started: 1, in_progress: 2, completed: 3, error: 4]

  codec prefix: "ETHTOOL_A_MODULE_FW_FLASH_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_MODULE_FW_FLASH_HEADER"
    attr 2, :file_name, :string, "file below `/lib/firmware`, request only"
    attr 3, :password, :u32, "password of the module, request only", secret: true

    attr 4, :status, {:enum, :u32, @status}, "progress", values: "ETHTOOL_MODULE_FW_FLASH_STATUS_"

    attr 5, :status_msg, :string, "reason of an error"
    attr 6, :done, :uint, "bytes that were written", volatile: true
    attr 7, :total, :uint, "bytes to write"
  end

  defimpl Inspect do
    def inspect(struct, opts), do: Linx.Text.hiding(struct, :password, opts)
  end
end

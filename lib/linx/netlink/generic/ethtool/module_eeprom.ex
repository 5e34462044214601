defmodule Linx.Netlink.Generic.Ethtool.ModuleEeprom do
  @moduledoc """
  Part of the memory of a plug-in module.

  Kernel side: `ETHTOOL_A_MODULE_EEPROM_*` of `include/uapi/linux/ethtool_netlink.h`.

      {:ok, %ModuleEeprom{data: data}} =
        Ethtool.get(sock, :module_eeprom, "eth0", offset: 0, length: 128, page: 0, i2c_address: 0x50)

  Reading needs `CAP_NET_ADMIN`. There is no list.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  codec prefix: "ETHTOOL_A_MODULE_EEPROM_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_MODULE_EEPROM_HEADER"
    attr 2, :offset, :u32, "first byte"
    attr 3, :length, :u32, "number of bytes"
    attr 4, :page, :u8, "page"
    attr 5, :bank, :u8, "bank"
    attr 6, :i2c_address, :u8, "address on the I2C bus"
    attr 7, :data, :binary, "bytes that were read"
  end

  @doc false
  # The table of options of a request.
  def query do
    [
      offset: {0..255, "first byte", required: true},
      length: {1..128, "number of bytes, within half a page", required: true},
      page: {0..255, "page", required: true},
      bank: {0..255, "bank"},
      i2c_address: {0..0x7F, "address on the I2C bus, such as 0x50", required: true}
    ]
  end
end

defmodule Linx.Netlink.Generic.Ethtool.CableTest do
  @moduledoc """
  Result of a cable test, in a notification, and the request of one.

  Kernel side: `ETHTOOL_A_CABLE_TEST_NTF_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev
  alias __MODULE__.Nest

  @status [started: 1, completed: 2]
  @pairs [a: 0, b: 1, c: 2, d: 3]
  @sources [unspec: 0, tdr: 1, alcd: 2]

  codec prefix: "ETHTOOL_A_CABLE_TEST_NTF_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_CABLE_TEST_NTF_HEADER"

    attr 2, :status, {:enum, :u8, @status}, "progress of the test",
      values: "ETHTOOL_A_CABLE_TEST_NTF_STATUS_"

    attr 3, :nest, {:nested, Nest}, "results"
  end

  @doc false
  @spec pairs() :: keyword(non_neg_integer())
  def pairs, do: @pairs

  @doc false
  # Methods of a test, ETHTOOL_A_CABLE_INF_SRC_*.
  @spec sources() :: keyword(non_neg_integer())
  def sources, do: @sources
end

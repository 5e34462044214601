defmodule Linx.Netlink.Generic.Ethtool.Features do
  @moduledoc """
  Features of a link: offloads and their like.

  Kernel side: `ETHTOOL_A_FEATURES_*` of `include/uapi/linux/ethtool_netlink.h`.

      {:ok, features} = Ethtool.get(sock, :features, "eth0")
      "rx-gro" in features.active

      :ok = Ethtool.set(sock, :features, "eth0", wanted: [{"rx-gro", false}])

  Each field is a list of names. A list of names as `wanted` means these, and no other one of `hw`.

  The kernel acknowledges a request that it carried out in part. `{:error, {:unchanged, names}}` has the
  features of the request whose state is not what was requested; all others have been changed. In a batch
  the kernel does not report them.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev}

  codec prefix: "ETHTOOL_A_FEATURES_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_FEATURES_HEADER"
    attr 2, :hw, {:nested, Bitset}, "features that can be changed", as: Bits
    attr 3, :wanted, {:nested, Bitset}, "features that were requested", as: Bits
    attr 4, :active, {:nested, Bitset}, "features that are on", as: Bits
    attr 5, :nochange, {:nested, Bitset}, "features that the kernel lets no link change", as: Bits
  end

  options(wanted: {Bits.option(), "features to turn on and off"})

  @doc false
  # The switches for a list of names: on for these, off for all others that can be changed.
  @spec switches([Bits.bit()], struct()) :: [{Bits.bit(), boolean()}]
  def switches(names, %__MODULE__{hw: hw}) do
    for(name <- names, do: {name, true}) ++ for name <- hw -- names, do: {name, false}
  end
end

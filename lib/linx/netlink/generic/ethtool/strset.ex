defmodule Linx.Netlink.Generic.Ethtool.Strset do
  @moduledoc """
  Sets of strings: the names of bits and statistics, of the kernel or of one link.

  Kernel side: `ETHTOOL_A_STRSET_*` of `include/uapi/linux/ethtool_netlink.h`, and
  `enum ethtool_stringset` of `include/uapi/linux/ethtool.h`.

      {:ok, %Strset{sets: %{features: names}}} = Ethtool.get(sock, :strset, nil, sets: [:features])

  The sets `:test`, `:stats`, `:priv_flags`, `:phy_stats` are those of a link. The other ones are the same
  for all links, and are also read without a link, `nil`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev
  alias __MODULE__.StringSet

  codec prefix: "ETHTOOL_A_STRSET_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_STRSET_HEADER"

    attr 0x8002,
         :sets,
         {:array, {:nested, StringSet}, 1},
         "strings in their order by the name of the set, or numbers of strings",
         c: "ETHTOOL_A_STRSET_STRINGSETS",
         element: "ETHTOOL_A_STRINGSETS_STRINGSET"

    attr 3, :counts_only, :flag, "numbers of strings only, request only"
  end

  @doc false
  # The table of options of a request.
  def query do
    [
      sets:
        {{:list, {:choice, StringSet.names()}},
         "sets to read, of " <>
           Enum.map_join(StringSet.names(), ", ", &"`#{inspect(elem(&1, 0))}`")},
      counts_only: {:flag, "numbers of strings in place of the strings"}
    ]
  end

  @doc false
  # The query for sets by number.
  @spec prepare(map(), map()) :: map()
  def prepare(%{sets: sets} = given, _names),
    do: %{given | sets: Enum.map(sets, &%StringSet{id: &1})}

  def prepare(given, _names), do: given

  @doc false
  # The struct with its sets by name.
  @spec finish(struct(), %{atom() => tuple()}) :: struct()
  def finish(%__MODULE__{sets: sets} = strset, _names) do
    %{strset | sets: Map.new(sets || [], &{&1.id, StringSet.strings(&1)})}
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Bands do
  @moduledoc """
  Bands of a radio: a list of `{name, band}`, with the kernel's number in the place of an unknown name.

  Kernel side: `NL80211_BAND_*` of `include/uapi/linux/nl80211.h`, the ids of the nests in
  `NL80211_ATTR_WIPHY_BANDS`.
  """

  alias Linx.Netlink.Generic.Nl80211.{Band, Iftypes, Names}

  @names Names.bands()

  @typedoc "Bands by name: `:\"2ghz\"`, `:\"5ghz\"`, `:\"6ghz\"`, `:\"60ghz\"`, `:s1ghz`, `:lc`."
  @type t :: [{atom() | non_neg_integer(), Band.t()}]

  @doc false
  # The bands of a nest, by name.
  @spec named([{non_neg_integer(), Band.t()}] | nil) :: t() | nil
  def named(nil), do: nil

  def named(bands) do
    for {id, band} <- bands do
      {name, _} = List.keyfind(@names, id, 1, {id, id})
      data = band.iftype_data && Enum.map(band.iftype_data, &Iftypes.named(&1, :iftypes))
      {name, %{band | iftype_data: data}}
    end
  end
end

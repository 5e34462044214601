defmodule Linx.Netlink.Generic.Nl80211.Elements do
  @moduledoc false
  # Information elements of a network: `{id, bytes}`, sent by any station. What is cut or malformed is
  # left out.
  #
  # IEEE 802.11, 9.4.2: SSID, Supported Rates, DSSS Parameter Set, Country, RSN, Extended Supported
  # Rates, HT Operation; WPA is an element of a vendor, OUI 00-50-F2, type 1.

  @ssid 0
  @rates 1
  @ds 3
  @country 7
  @rsn 48
  @extended_rates 50
  @ht_operation 61
  @vendor 221

  # Longest SSID.
  @longest 32

  # BSS membership selectors, of HT to SAE with hash to element, which have the form of rates.
  @selectors 122..127

  # AKM suites of OUI 00-0F-AC with what WPA3 takes: SAE and its fast transitions, suite B with 192 bits
  # and its fast transition, OWE.
  @wpa3 [8, 9, 12, 13, 18, 24, 25]

  @type elements :: [{0..255, binary()}]

  @doc """
  The elements of a string of bytes; what follows a length that is too large is left out.
  """
  @spec split(binary()) :: elements()
  def split(<<id, size, bytes::binary-size(size), rest::binary>>), do: [{id, bytes} | split(rest)]
  def split(_end), do: []

  @doc """
  The elements that are not returned whole by another function.
  """
  @spec others(elements()) :: elements()
  def others(list),
    do: Enum.reject(list, fn {id, _} -> id in [@ssid, @rates, @extended_rates] end)

  @doc "The name of the network."
  @spec ssid(elements()) :: binary() | nil
  def ssid(list) do
    with ssid when is_binary(ssid) <- first(list, @ssid),
         do: binary_part(ssid, 0, min(byte_size(ssid), @longest))
  end

  @doc "The rates in Mb/s."
  @spec rates(elements()) :: [float()]
  def rates(list) do
    for {id, bytes} <- list,
        id in [@rates, @extended_rates],
        <<basic::1, rate::7 <- bytes>>,
        not (basic == 1 and rate in @selectors),
        do: rate / 2
  end

  @doc "The number of the channel, at 2.4 GHz or with HT."
  @spec channel(elements()) :: pos_integer() | nil
  def channel(list) do
    case {first(list, @ds), first(list, @ht_operation)} do
      {<<channel>>, _} when channel > 0 -> channel
      {_, <<channel, _::binary>>} when channel > 0 -> channel
      _ -> nil
    end
  end

  @doc "The country, two letters."
  @spec country(elements()) :: String.t() | nil
  def country(list) do
    case first(list, @country) do
      <<country::binary-size(2), _::binary>> -> if country =~ ~r/\A[A-Z0-9]{2}\z/, do: country
      _ -> nil
    end
  end

  @doc "The strongest way to encrypt that the network offers."
  @spec security(elements(), privacy :: boolean()) :: :open | :wep | :wpa | :wpa2 | :wpa3
  def security(list, privacy?) do
    rsn = first(list, @rsn)
    wpa? = Enum.any?(list, &match?({@vendor, <<0x00, 0x50, 0xF2, 1, _::binary>>}, &1))

    cond do
      rsn && Enum.any?(akms(rsn), &(&1 in @wpa3)) -> :wpa3
      rsn -> :wpa2
      wpa? -> :wpa
      privacy? -> :wep
      true -> :open
    end
  end

  # Version, group cipher, pairwise ciphers, AKM suites.
  defp akms(
         <<_version::16, _group::binary-size(4), ciphers::little-16,
           _::binary-size(ciphers)-unit(32), count::little-16, suites::binary>>
       ) do
    for <<0x00, 0x0F, 0xAC, akm <- binary_part(suites, 0, min(byte_size(suites), 4 * count))>>,
      do: akm
  end

  defp akms(_cut), do: []

  defp first(list, id) do
    with {_, bytes} <- List.keyfind(list, id, 0), do: bytes
  end
end

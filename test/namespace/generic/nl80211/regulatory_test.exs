defmodule Linx.Namespace.Generic.Nl80211.RegulatoryTest do
  use Linx.Test.NamespaceCase

  import Linx.Test.Radios

  alias Linx.Netlink.{Batch, Error, Generic}
  alias Linx.Netlink.Generic.Nl80211
  alias Linx.Netlink.Generic.Nl80211.{Event, Regulatory}

  @moduletag :vm

  # The rules of a domain, as `iw reg get` prints them:
  #     country DE: DFS-ETSI
  #         (2400 - 2483 @ 40), (N/A, 20), (N/A)
  #         (5150 - 5250 @ 80), (N/A, 23), (N/A), NO-OUTDOOR, AUTO-BW
  defp parse(block) do
    [_, country, region] = Regex.run(~r/^country (\w+): DFS-(\w+)/m, block)

    rules =
      for [_, first, last, width, gain, power] <-
            Regex.scan(~r/\((\d+) - (\d+) @ (\d+)\), \((\S+), (\d+)\)/, block),
          do:
            {int(first), int(last), int(width), if(gain == "N/A", do: 0, else: int(gain)),
             int(power)}

    {country, String.downcase(region), rules}
  end

  defp int(text), do: String.to_integer(text)

  defp ours(%Regulatory{} = domain) do
    rules =
      for rule <- domain.reg_rules,
          do:
            {div(rule.freq_range_start, 1000), div(rule.freq_range_end, 1000),
             div(rule.freq_range_max_bw, 1000), div(rule.power_rule_max_ant_gain, 100),
             div(rule.power_rule_max_eirp, 100)}

    {domain.reg_alpha2, to_string(domain.dfs_region || :unset), rules}
  end

  setup %{path: path} do
    {:ok, sock} = Generic.open({:path, path})
    %{sock: sock}
  end

  test "domains are those of iw, that of all radios and that of one",
       %{sock: sock, ns: ns} = context do
    radios!(context, ["ra"], reg_custom_reg: 1)
    text = iw!(ns, "reg get")
    [_, global | own] = String.split(text, ~r/^(?:global|phy#\d+.*)\n/m)

    assert {:ok, %Regulatory{wiphy: nil} = domain} = Nl80211.regulatory(sock)
    assert ours(domain) == parse(global)
    flags = for rule <- domain.reg_rules, do: :no_ir in rule.reg_rule_flags

    assert flags ==
             for([line] <- Regex.scan(~r/^\s+\(.*@.*$/m, global), do: line =~ "PASSIVE-SCAN")

    assert [_ | _] = own
    assert {:ok, %Regulatory{wiphy: index} = domain} = Nl80211.regulatory(sock, wiphy: "ra")
    assert text =~ "phy##{index}"
    assert ours(domain) == parse(hd(own))

    assert {:ok, all} = Nl80211.regulatories(sock)
    assert Enum.map(all, &ours/1) == Enum.map([global | own], &parse/1)
    assert {:error, %Error{errno: :enodev}} = Nl80211.regulatory(sock, wiphy: 4711)
    assert {:ok, [{:ok, %Regulatory{}}]} = Batch.run(sock, &[Nl80211.regulatory(&1)])
  end

  test "the domain of a country is set", %{sock: sock, ns: ns, path: path} = context do
    radios!(context, ["ra"])
    # The kernel's database may have been looked for before the file system had it.
    iw!(ns, "reg reload")
    {:ok, monitor} = Nl80211.Monitor.start_link(netns: {:path, path}, groups: ["regulatory"])

    for country <- ["DE", "US", "00"] do
      assert Nl80211.set_regulatory(sock, country) == :ok

      assert_receive {:linx_nl80211, ^monitor,
                      %Event{
                        op: :reg_change,
                        resource: %Regulatory{reg_initiator: :user} = change
                      }},
                     30_000

      if country == "00",
        do: assert(change.reg_type == :world),
        else: assert({change.reg_type, change.reg_alpha2} == {:country, country})

      text = iw!(ns, "reg get")
      assert text =~ "country #{country}:"
      {:ok, domain} = Nl80211.regulatory(sock)
      assert ours(domain) == parse(hd(String.split(text, "phy#")))
    end

    # As `iw reg set` cannot: a hint of a cell, and of being indoors.
    for opts <- [[type: :cell_base], [type: :user, indoor: true]],
        do: assert(Nl80211.set_regulatory(sock, "DE", opts) == :ok)
  end
end

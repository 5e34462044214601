defmodule Linx.Netlink.Rtnl.Link.HardwareType do
  @moduledoc false
  # Hardware types of links, `ARPHRD_*` of include/uapi/linux/if_arp.h.

  @types [
    netrom: 0,
    ether: 1,
    eether: 2,
    ax25: 3,
    pronet: 4,
    chaos: 5,
    ieee802: 6,
    arcnet: 7,
    appletlk: 8,
    dlci: 15,
    atm: 19,
    metricom: 23,
    ieee1394: 24,
    eui64: 27,
    infiniband: 32,
    slip: 256,
    cslip: 257,
    slip6: 258,
    cslip6: 259,
    rsrvd: 260,
    adapt: 264,
    rose: 270,
    x25: 271,
    hwx25: 272,
    can: 280,
    mctp: 290,
    ppp: 512,
    cisco: 513,
    lapb: 516,
    ddcmp: 517,
    rawhdlc: 518,
    rawip: 519,
    tunnel: 768,
    tunnel6: 769,
    frad: 770,
    skip: 771,
    loopback: 772,
    localtlk: 773,
    fddi: 774,
    bif: 775,
    sit: 776,
    ipddp: 777,
    ipgre: 778,
    pimreg: 779,
    hippi: 780,
    ash: 781,
    econet: 782,
    irda: 783,
    fcpp: 784,
    fcal: 785,
    fcpl: 786,
    fcfabric: 787,
    ieee802_tr: 800,
    ieee80211: 801,
    ieee80211_prism: 802,
    ieee80211_radiotap: 803,
    ieee802154: 804,
    ieee802154_monitor: 805,
    phonet: 820,
    phonet_pipe: 821,
    caif: 822,
    ip6gre: 823,
    netlink: 824,
    "6lowpan": 825,
    vsockmon: 826,
    void: 65535,
    none: 65534
  ]

  @names Map.new(@types, fn {name, number} -> {number, name} end)

  @spec types() :: keyword(non_neg_integer())
  def types, do: @types

  # The name of a type, or the number of a type without one here.
  @spec name(non_neg_integer() | nil) :: atom() | non_neg_integer() | nil
  def name(number), do: Map.get(@names, number, number)
end

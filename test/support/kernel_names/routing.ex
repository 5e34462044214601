defmodule Linx.Test.KernelNames.Routing do
  @moduledoc false
  # The kernel's names for errors, addresses, routes and what belongs to them.
  # `Linx.Test.KernelNames` tells how to read this.

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Error
  alias Linx.Netlink.Rtnl.{Address, Route}

  def headers do
    ~w(linux/netlink.h linux/rtnetlink.h linux/if_addr.h)
  end

  def table do
    %{
      Error.ExtAck => [attrs: "NLMSGERR_ATTR_"],
      Error.Policy => [attrs: "NL_POLICY_TYPE_ATTR_", names: [type: "NL_ATTR_TYPE_"]],
      Address => [
        attrs: "IFA_",
        as: [flags_ext: "IFA_FLAGS"],
        struct: "ifaddrmsg",
        members: "ifa_",
        names: [flags_ext: "IFA_F_", proto: "IFAPROT_"],
        options: [
          flags:
            {"IFA_F_",
             home: "IFA_F_HOMEADDRESS",
             mngtmpaddr: "IFA_F_MANAGETEMPADDR",
             autojoin: "IFA_F_MCAUTOJOIN"}
        ]
      ],
      Address.Cacheinfo => [
        struct: "ifa_cacheinfo",
        as: [prefered: "ifa_prefered", valid: "ifa_valid"]
      ],
      Route => [
        attrs: "RTA_",
        as: [table_ext: "RTA_TABLE"],
        struct: "rtmsg",
        members: "rtm_"
      ]
    }
  end

  def newer do
    %{
      {6, 12} => ~w(NL_ATTR_TYPE_SINT NL_ATTR_TYPE_UINT)
    }
  end

  # What functions say about numbers that are fields of their own.
  def functions do
    for(
      n <- 0..255,
      name = Address.scope(%Address{scope: n}),
      is_atom(name),
      do: {"Address.scope", "RT_SCOPE_#{name}", n}
    ) ++
      for(
        n <- 0..7,
        name <- Address.flags(%Address{family: 2, flags: 1 <<< n}),
        do: {"Address.flags", "IFA_F_#{name}", 1 <<< n}
      )
  end
end

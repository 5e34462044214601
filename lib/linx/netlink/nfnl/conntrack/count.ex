defmodule Linx.Netlink.Nfnl.Conntrack.Count do
  @moduledoc """
  How many connections there are, and how many there may be: `CTA_STATS_GLOBAL_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    header do
      field :family, {:enum, :u8, Family.packet()}
      pad 3
    end

    attr 1, :entries, :be32
    attr 2, :max_entries, :be32
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Ematch.Entry do
  @moduledoc false
  # Header of a test, in front of its data.

  use Linx.Netlink.Codec

  codec do
    header "struct tcf_ematch_hdr" do
      field :matchid, :u16, "id of the class of a kind"
      field :kind, :u16, "kind, `TCF_EM_*`"
      field :flags, :u16, "relation to the next test, inversion"
      pad 2
    end
  end
end

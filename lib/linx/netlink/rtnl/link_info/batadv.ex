defmodule Linx.Netlink.Rtnl.LinkInfo.Batadv do
  @moduledoc """
  B.A.T.M.A.N. mesh: kind `"batadv"`.

  Kernel side: `IFLA_BATADV_*` of `include/uapi/linux/batman_adv.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "IFLA_BATADV_" do
    attr 1, :algo_name, :string, "routing algorithm, `BATMAN_IV` or `BATMAN_V`"
  end

  options(
    algo_name: {{:string, 20}, "routing algorithm, `BATMAN_IV` or `BATMAN_V`", only: :create}
  )
end

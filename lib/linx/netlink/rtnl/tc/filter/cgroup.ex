defmodule Linx.Netlink.Rtnl.Tc.Filter.Cgroup do
  @moduledoc """
  Filter by the `net_cls.classid` of the control group of a packet's socket.

  Kernel side: `TCA_CGROUP_*` of `include/uapi/linux/pkt_cls.h`.

      :ok = Filter.add(sock, "eth0", :cgroup, parent: "1:", protocol: :ip, handle: 1)

  Such a filter needs a `:handle`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Filter.Body

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc

  codec prefix: "TCA_CGROUP_" do
    attr 1, :act, {:array, {:nested, Tc.Action.Entry}}, "actions"
    attr 2, :police, {:nested, Tc.Action.Police}, "policer in the old form, which is not in `act`"
    attr 3, :ematches, {:nested, Tc.Ematch}, "extended matches"
  end

  options(match: {Tc.Ematch.option(), "extended matches", field: [:ematches]})

  @doc false
  @impl true
  def build(given, %{handle: _}), do: {:ok, struct!(__MODULE__, given)}
  def build(_given, _place), do: {:error, {:missing_option, :handle}}
end

defmodule Linx.Netlink.Rtnl.Tc.Action.Csum do
  @moduledoc """
  Action that computes checksums of a packet.

  Kernel side: `TCA_CSUM_*` of `include/uapi/linux/tc_act/tc_csum.h`.

      {:csum, update: [:ip4h, :tcp, :udp]}

  Without `:control` the packet passes.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.Tm
  alias __MODULE__.Parms

  codec prefix: "TCA_CSUM_" do
    attr 1, :parms, Parms, "parameters"
    attr 2, :tm, Tm, "times", volatile: true
  end

  options(
    update:
      {{:flags, Parms.updates()}, "checksums, at least one",
       required: true, values: {"TCA_CSUM_UPDATE_FLAG_", ip4h: "TCA_CSUM_UPDATE_FLAG_IPV4HDR"}}
  )

  @doc false
  @impl true
  def build(%{update: 0}), do: {:error, {:bad_option, :update, []}}

  def build(%{update: flags}),
    do: {:ok, %__MODULE__{parms: %Parms{action: :pass, update_flags: flags}}}
end

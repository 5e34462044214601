defmodule Linx.Netlink.Rtnl.Tc.Action.Simple do
  @moduledoc """
  Action that writes a text to the kernel's log.

  Kernel side: `TCA_DEF_*` of `include/uapi/linux/tc_act/tc_defact.h`.

      {:simple, sdata: "seen"}

  Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.{Gen, Tm}

  codec prefix: "TCA_DEF_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Gen, "parameters"
    attr 3, :data, :string, "text"
  end

  options(sdata: {{:string, 31}, "text", required: true})

  @doc false
  @impl true
  def build(%{sdata: text}), do: {:ok, %__MODULE__{parms: %Gen{action: :pipe}, data: text}}
end

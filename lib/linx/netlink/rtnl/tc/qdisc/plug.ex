defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Plug do
  @moduledoc """
  Queue that holds packets until it is released.

  Kernel side: `struct tc_plug_qopt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :plug, limit: "1mb")
      :ok = Qdisc.change(sock, "eth0", :plug, block: true)
      :ok = Qdisc.change(sock, "eth0", :plug, release: true)

  A queue that is added holds all packets, whatever the option. One option is given at a time. The kernel does
  not report options.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  # TCQ_PLUG_* of include/uapi/linux/pkt_sched.h.
  @actions [buffer: 0, release_one: 1, release_indefinite: 2, limit: 3]

  codec do
    header "struct tc_plug_qopt" do
      field :action, {:enum, :s32, @actions}, "action", values: "TCQ_PLUG_"
      field :limit, :u32, "length of the queue, bytes, with the action `:limit`"
    end
  end

  options(
    block: {:flag, "hold the packets that come from now on"},
    release: {:flag, "send the packets that came before the last `:block`"},
    release_indefinite: {:flag, "send all packets until the next `:block`"},
    limit: {Units.size(), "length of the queue, bytes"}
  )

  @doc false
  @impl true
  def build(given) do
    case for({key, value} <- given, value != false, do: {key, value}) do
      [] -> {:ok, nil}
      [{:limit, limit}] -> {:ok, %__MODULE__{action: :limit, limit: limit}}
      # The kernel takes the limit of a queue that is added, without regard to the action.
      [{key, true}] -> {:ok, %__MODULE__{action: action(key), limit: 0xFFFFFFFF}}
      [_one, {key, value} | _] -> {:error, {:bad_option, key, value}}
    end
  end

  defp action(:block), do: :buffer
  defp action(:release), do: :release_one
  defp action(:release_indefinite), do: :release_indefinite
end

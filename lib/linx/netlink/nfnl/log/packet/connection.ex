defmodule Linx.Netlink.Nfnl.Log.Packet.Connection do
  @moduledoc false
  # NFULA_CT: the attributes of a connection, without the `nfgenmsg` of a listed one.

  alias Linx.Netlink.Nfnl.Conntrack
  alias Linx.Netlink.Nfnl.Conntrack.Tuple

  @type t :: Conntrack.t()

  @spec decode(binary()) :: t()
  def decode(attributes) do
    case Conntrack.decode(<<0::32, attributes::binary>>) do
      %Conntrack{tuple_orig: nil} = entry -> entry
      entry -> %{entry | family: Tuple.family(entry.tuple_orig)}
    end
  end

  @spec encode(t()) :: binary()
  def encode(%Conntrack{} = entry) do
    <<_::32, attributes::binary>> = Conntrack.encode(entry)
    attributes
  end
end

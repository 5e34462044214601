defmodule Linx.Netlink.Generic.Nl80211.Mesh.Params do
  @moduledoc false
  # Settings of a mesh without the index of the link that the kernel puts among them.

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Generic.Nl80211.Mesh.Config

  @ifindex 3

  @type t :: Config.t()

  @spec decode(binary()) :: t()
  def decode(payload) do
    payload
    |> Attr.decode()
    |> Enum.reject(&match?({@ifindex, <<_::32>>}, &1))
    |> Attr.encode()
    |> Config.decode()
  end
end

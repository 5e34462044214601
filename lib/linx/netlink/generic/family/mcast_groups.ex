defmodule Linx.Netlink.Generic.Family.McastGroups do
  @moduledoc """
  Multicast groups of a family as a map of names to the numbers to join.

  Kernel side: the list `CTRL_ATTR_MCAST_GROUPS` of `include/uapi/linux/genetlink.h`.
  """

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Generic.Family.McastGroup

  @nla_f_nested 0x8000

  @type t :: %{String.t() => non_neg_integer()}

  @doc "The map of a list of groups."
  @spec decode(binary()) :: t()
  def decode(payload) do
    for {_, bytes} <- Attr.decode(payload),
        %McastGroup{name: name, id: id} when is_binary(name) <- [McastGroup.decode(bytes)],
        into: %{},
        do: {name, id}
  end

  @doc "The list of groups of a map."
  @spec encode(t()) :: binary()
  def encode(groups) do
    groups
    |> Enum.with_index(1)
    |> Enum.map(fn {{name, id}, at} ->
      {at + @nla_f_nested, McastGroup.encode(%McastGroup{name: name, id: id})}
    end)
    |> Attr.encode()
  end
end

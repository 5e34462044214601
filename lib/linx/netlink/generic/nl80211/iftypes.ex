defmodule Linx.Netlink.Generic.Nl80211.Iftypes do
  @moduledoc """
  Types of interfaces: a nest of flags, one for each type.

  Kernel side: `NL80211_IFTYPE_*` of `include/uapi/linux/nl80211.h`.
  """

  alias Linx.Netlink.Generic.Nl80211.Names

  @names Names.iftypes()

  @typedoc "Names of types; a type without a name is its number."
  @type t :: [atom() | non_neg_integer()]

  @doc false
  @spec names() :: keyword(non_neg_integer())
  def names, do: @names

  @doc false
  # The names of the ids of a nest.
  @spec named([{non_neg_integer(), true}] | nil) :: t() | nil
  def named(nil), do: nil

  def named(ids) do
    for {id, _} <- ids do
      {name, _} = List.keyfind(@names, id, 1, {id, id})
      name
    end
  end

  @doc false
  # The struct with names in a field.
  @spec named(struct(), atom()) :: struct()
  def named(struct, field), do: Map.update!(struct, field, &named/1)
end

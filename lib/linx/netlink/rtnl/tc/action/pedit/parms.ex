defmodule Linx.Netlink.Rtnl.Tc.Action.Pedit.Parms do
  @moduledoc """
  Parameters of an editor of packets, and its edits.

  Kernel side: `struct tc_pedit_sel` of `include/uapi/linux/tc_act/tc_pedit.h`.

    * `index` - index, among the actions of its kind;
    * `action` - what happens to the packet afterwards;
    * `refcnt`, `bindcnt` - number of references, and of filters that use the action;
    * `flags` - not in use;
    * `keys` - edits.
  """

  alias Linx.Netlink.Rtnl.Tc.Action.Control
  alias Linx.Netlink.Rtnl.Tc.Action.Pedit.{Key, Sel}

  defstruct index: 0, action: 0, refcnt: 0, bindcnt: 0, flags: 0, keys: []

  @type t :: %__MODULE__{
          index: non_neg_integer(),
          action: Control.t(),
          refcnt: integer(),
          bindcnt: integer(),
          flags: byte(),
          keys: [Key.t()]
        }

  @sel 24
  @key 24

  @doc "The bytes of the parameters."
  @spec encode(t()) :: binary()
  def encode(%__MODULE__{keys: keys} = parms) do
    {fields, _} =
      parms |> Map.from_struct() |> Map.split([:index, :action, :refcnt, :bindcnt, :flags])

    sel = struct!(%Sel{nkeys: length(keys)}, fields)
    IO.iodata_to_binary([Sel.encode(sel) | Enum.map(keys, &Key.encode/1)])
  end

  @doc "The parameters of bytes, `nil` if they are too short."
  @spec decode(binary()) :: t() | nil
  def decode(<<sel::binary-size(@sel), keys::binary>>) do
    sel = Sel.decode(sel)
    keys = for <<key::binary-size(@key) <- keys>>, do: Key.decode(key)
    fields = Map.take(sel, [:index, :action, :refcnt, :bindcnt, :flags])
    struct!(%__MODULE__{keys: Enum.take(keys, sel.nkeys)}, fields)
  end

  def decode(_short), do: nil
end

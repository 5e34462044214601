defmodule Linx.Netlink.Generic.Policy do
  @moduledoc """
  Attributes that the running kernel accepts for the commands of a family.

  Kernel side: `CTRL_CMD_GETPOLICY` of `include/uapi/linux/genetlink.h`.

      {:ok, policy} = Linx.Netlink.Generic.policy(sock, "nlctrl")
      %{do: index} = policy.commands[3]
      policy.policies[index][2].type
      #=> :nul_string
  """

  alias Linx.Netlink.Error
  alias Linx.Netlink.Generic.Family.Op
  alias __MODULE__.{Attr, Part}

  defstruct commands: %{}, policies: %{}

  @typedoc """
  Policies of a family:

    * `:commands` - by the number of a command, the indices of the policies of a request (`:do`) and of
      a list (`:dump`); a command without one lacks the key;
    * `:policies` - by index, the attributes by number. An attribute that holds attributes has the
      index of their policy. A policy may hold itself.
  """
  @type t :: %__MODULE__{
          commands: %{
            non_neg_integer() => %{
              optional(:do) => non_neg_integer(),
              optional(:dump) => non_neg_integer()
            }
          },
          policies: %{non_neg_integer() => %{non_neg_integer() => Attr.t()}}
        }

  @doc false
  # The policies of the messages of a dump, of a family with these commands.
  @spec of([Part.t()], [Op.t()]) :: t()
  def of(parts, ops) do
    %__MODULE__{commands: commands(parts, ops), policies: policies(parts)}
  end

  # The kernel numbers commands that only list objects 0 (`ctrl_dumppolicy_put_op` of
  # net/netlink/genetlink.c). They come in the order in which the family has them.
  defp commands(parts, ops) do
    entries = for part <- parts, entry <- part.op_policy || [], do: entry
    {unnumbered, numbered} = Enum.split_with(entries, &match?({0, %{do: nil}}, &1))
    listing = for %{id: id, flags: flags} <- ops, lists_only?(flags), do: id

    unnumbered =
      if length(unnumbered) == length(listing),
        do: Enum.zip_with(listing, unnumbered, fn id, {0, op} -> {id, op} end),
        else: unnumbered

    Map.new(numbered ++ unnumbered, fn {id, op} -> {id, indices(op)} end)
  end

  defp lists_only?(flags),
    do: :cmd_cap_haspol in flags and :cmd_cap_dump in flags and :cmd_cap_do not in flags

  defp indices(op),
    do:
      for(
        {key, index} when index != nil <- [do: op.do, dump: op.dump],
        into: %{},
        do: {key, index}
      )

  defp policies(parts) do
    for part <- parts, {index, attrs} <- part.policy || [], {id, attr} <- attrs, reduce: %{} do
      policies -> Map.update(policies, index, %{id => attr(attr)}, &Map.put(&1, id, attr(attr)))
    end
  end

  defp attr(%Error.Policy{} = attr) do
    %Attr{
      type: attr.type,
      min: attr.min_value_s || attr.min_value_u,
      max: attr.max_value_s || attr.max_value_u,
      min_length: attr.min_length,
      max_length: attr.max_length,
      mask: attr.mask || attr.bitfield32_mask,
      policy: attr.policy_idx
    }
  end
end

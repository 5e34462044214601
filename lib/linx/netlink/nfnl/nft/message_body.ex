defmodule Linx.Netlink.Nfnl.Nft.MessageBody do
  @moduledoc false
  # Bodies of the messages that add and delete objects of nf_tables.

  alias Linx.Netlink.Nfnl.Nft

  alias Linx.Netlink.Nfnl.Nft.{
    Chain,
    Element,
    Expr,
    Flowtable,
    Hook,
    Object,
    Rule,
    Set,
    Table
  }

  # By module: suffix of the names of its messages (NFT_MSG_NEW*, NFT_MSG_DEL*), read-only fields,
  # and sets of fields that identify an object, the preferred one first.
  @objects %{
    Table => {"table", [:handle, :use, :owner], [[:name], [:handle]]},
    Chain => {"chain", [:handle, :use], [[:table, :name], [:table, :handle]]},
    Rule => {"rule", [:handle, :position], [[:table, :chain, :handle], [:table, :chain, :id]]},
    Set => {"set", [:handle, :type, :count], [[:table, :name], [:table, :handle]]},
    Object => {"obj", [:handle, :use], [[:table, :type, :name], [:table, :type, :handle]]},
    Flowtable => {"flowtable", [:handle, :use], [[:table, :name], [:table, :handle]]}
  }

  @doc """
  Suffix of the names of an object's messages.
  """
  @spec suffix(Nft.object()) :: String.t()
  def suffix(%module{}), do: @objects |> Map.fetch!(module) |> elem(0)

  @doc """
  The object without the fields that the kernel sets.
  """
  @spec without_readonly(object) :: object when object: Nft.object()
  # The position of a rule without a handle was set by the caller.
  def without_readonly(%Rule{handle: nil} = rule), do: rule
  # The kernel requires NFTA_SET_ID, also for a set that no message of the batch refers to.
  def without_readonly(%Set{id: nil} = set), do: without_readonly(%{set | id: 0})

  def without_readonly(%module{} = object) do
    {_suffix, readonly, _identities} = @objects[module]
    struct!(object, Enum.map(readonly, &{&1, nil}))
  end

  @doc """
  The object with the fields that identify it alone: the kernel deletes more objects if one of them
  is absent, and takes other fields for other requests.

  Raises `ArgumentError` if no fields identify one object.
  """
  @spec identity(object) :: object when object: Nft.object()
  # Without a family, the kernel deletes all tables, whatever the name
  # (net/netfilter/nf_tables_api.c, nf_tables_deltable).
  def identity(%Table{family: family} = table) when family in [nil, 0, :unspec],
    do: raise(ArgumentError, "no family identifies the table: #{inspect(table)}")

  def identity(%module{} = object) do
    {_suffix, _readonly, identities} = @objects[module]

    case Enum.find(identities, fn fields ->
           Enum.all?(fields, &(Map.fetch!(object, &1) != nil))
         end) do
      nil -> raise ArgumentError, "no fields identify the object: #{inspect(object)}"
      fields -> struct!(module, Map.take(object, [:family | fields]))
    end
  end

  @doc """
  Wraps bare expressions in `Expr` structs, and replaces the name of a priority by its number.
  """
  @spec normalize(struct()) :: struct()
  def normalize(%Rule{} = rule), do: %{rule | expressions: Expr.all(rule)}

  def normalize(%module{} = body) when module in [Set, Element],
    do: %{body | expr: body.expr && Expr.of(body.expr), expressions: Expr.all(body)}

  def normalize(%{hook: %{priority: name} = hook} = body) when is_atom(name) and name != nil,
    do: %{body | hook: %{hook | priority: Hook.priority(body.family, name)}}

  def normalize(body), do: body
end

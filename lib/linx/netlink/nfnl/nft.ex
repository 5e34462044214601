defmodule Linx.Netlink.Nfnl.Nft do
  @moduledoc """
  The firewall: tables, chains, rules, sets, objects and flowtables of nf_tables.

  Kernel side: `NFT_MSG_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      alias Linx.Netlink.Nfnl
      alias Linx.Netlink.Nfnl.Nft
      alias Linx.Netlink.Nfnl.Nft.{Chain, Data, Element, Expr, Hook, Rule, Set, Table}

      {:ok, sock} = Nfnl.open()
      set = %Set{family: :inet, table: "fw", name: "blocked", key_type: 7, key_len: 4}

      # What one of these addresses sends is counted and dropped.
      :ok =
        Nfnl.batch(
          sock,
          [
            Nft.add(%Table{family: :inet, name: "fw"}),
            Nft.add(set),
            Nft.add(%Chain{
              family: :inet,
              table: "fw",
              name: "input",
              type: "filter",
              hook: Hook.new(:inet, :input, 0)
            }),
            Nft.add(%Rule{
              family: :inet,
              table: "fw",
              chain: "input",
              expressions: [
                %Expr.Meta{key: :nfproto, dreg: 1},
                %Expr.Cmp{sreg: 1, op: :eq, data: Data.value(<<2>>)},
                %Expr.Payload{base: :network_header, offset: 12, len: 4, dreg: 1},
                %Expr.Lookup{set: "blocked", sreg: 1},
                %Expr.Counter{},
                %Expr.Immediate{dreg: 0, data: Data.verdict(:drop)}
              ]
            })
          ] ++ Nft.add_elements(set, [%Element{key: Data.value(<<192, 0, 2, 1>>)}])
        )

      {:ok, [rule]} = Nft.rules(sock, family: :inet, table: "fw")
      :ok = Nfnl.batch(sock, [Nft.delete(rule)])

  Functions that change something return the message to do so, for
  `Linx.Netlink.Nfnl.batch/4`, and nothing happens before that. They raise
  `ArgumentError` for a struct that names nothing, or that has a value which does not fit
  its field; what is no such struct is a `FunctionClauseError`.

  What is read is what the kernel has: expressions, not the text that `nft` makes of them. The
  `handle` of what was added comes with the option `:echo` of `Linx.Netlink.Nfnl.batch/4`, and
  when listing; a mark of one's own in `userdata` tells which one it is.

  ## Reading

  Listing needs `CAP_NET_ADMIN`. A list is consistent in itself: if the ruleset changes
  meanwhile, it is read again. Options, besides those of `Linx.Netlink.Request`:

    * `:family` - only those of a family, by name or number;
    * `:table`, `:chain` - only those of a table or chain, by name.

  Errors are those of `Linx.Netlink.Request`, `{:bad_option, key, value}` and
  `{:unknown_option, key}`. A table that does not exist has nothing: `{:ok, []}`.
  """

  import Linx.Netlink.Constants

  import Bitwise, only: [|||: 2]

  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Nfnl.{Codec, Family}

  alias __MODULE__.{
    Chain,
    Element,
    ElementDump,
    Elements,
    Expr,
    Flowtable,
    Object,
    Portions,
    Rule,
    Set,
    Table
  }

  # NFT_MSG_*.
  @messages [
    newtable: 0,
    gettable: 1,
    deltable: 2,
    newchain: 3,
    getchain: 4,
    delchain: 5,
    newrule: 6,
    getrule: 7,
    delrule: 8,
    newset: 9,
    getset: 10,
    delset: 11,
    newsetelem: 12,
    getsetelem: 13,
    delsetelem: 14,
    newgen: 15,
    getgen: 16,
    newobj: 18,
    getobj: 19,
    delobj: 20,
    newflowtable: 22,
    getflowtable: 23,
    delflowtable: 24,
    destroytable: 26,
    destroychain: 27,
    destroyrule: 28,
    destroyset: 29,
    destroysetelem: 30,
    destroyobj: 31,
    destroyflowtable: 32
  ]

  # The last part of the messages' names; what is the kernel's to say; by which fields one is
  # known, the first that are all given.
  @objects %{
    Table => {"table", [:handle, :use, :owner], [[:name], [:handle]]},
    Chain => {"chain", [:handle, :use], [[:table, :name], [:table, :handle]]},
    Rule => {"rule", [:handle, :position], [[:table, :chain, :handle], [:table, :chain, :id]]},
    Set => {"set", [:handle, :type, :count], [[:table, :name], [:table, :handle]]},
    Object => {"obj", [:handle, :use], [[:table, :type, :name], [:table, :type, :handle]]},
    Flowtable => {"flowtable", [:handle, :use], [[:table, :name], [:table, :handle]]}
  }

  # NETLINK_NETFILTER of include/uapi/linux/netlink.h.
  @netlink_netfilter 12

  # Which objects to list. NFT_NAME_MAXLEN is 256, with the NUL.
  @filters [
    family: {:named, 0..255, Family.numbers()},
    table: {:string, 255},
    chain: {:string, 255}
  ]

  @typedoc "What a ruleset is made of."
  @type object ::
          Table.t() | Chain.t() | Rule.t() | Set.t() | Object.t() | Flowtable.t()

  @typedoc "Options of the functions that list; see above."
  @type option ::
          Request.option()
          | {:family, Codec.family()}
          | {:table, String.t()}
          | {:chain, String.t()}

  @type error ::
          Request.error() | {:bad_option, atom(), term()} | {:unknown_option, term()}

  @doc false
  @spec __messages__() :: keyword(byte())
  def __messages__, do: @messages

  # Reading

  @doc """
  Lists tables. Option: `:family`.
  """
  @spec tables(Batch.target(), [option()]) :: {:ok, [Table.t()]} | {:error, error()}
  def tables(sock, opts \\ []), do: list(sock, :gettable, Table, [], opts)

  @doc """
  Lists chains. Options: `:family`, `:table`.
  """
  @spec chains(Batch.target(), [option()]) :: {:ok, [Chain.t()]} | {:error, error()}
  def chains(sock, opts \\ []), do: list(sock, :getchain, Chain, [:table], opts)

  @doc """
  Lists rules, those of a chain in their order. Options: `:family`, `:table`, `:chain`.

  With all three, the kernel looks at no others.
  """
  @spec rules(Batch.target(), [option()]) :: {:ok, [Rule.t()]} | {:error, error()}
  def rules(sock, opts \\ []), do: list(sock, :getrule, Rule, [:table, :chain], opts)

  @doc """
  Lists sets, without their elements. Options: `:family`, `:table`.
  """
  @spec sets(Batch.target(), [option()]) :: {:ok, [Set.t()]} | {:error, error()}
  def sets(sock, opts \\ []), do: list(sock, :getset, Set, [:table], opts)

  @doc """
  Lists objects, such as counters that have a name. Options: `:family`, `:table`.
  """
  @spec objects(Batch.target(), [option()]) :: {:ok, [Object.t()]} | {:error, error()}
  def objects(sock, opts \\ []), do: list(sock, :getobj, Object, [:table], opts)

  @doc """
  Lists flowtables. Options: `:family`, `:table`.
  """
  @spec flowtables(Batch.target(), [option()]) :: {:ok, [Flowtable.t()]} | {:error, error()}
  def flowtables(sock, opts \\ []), do: list(sock, :getflowtable, Flowtable, [:table], opts)

  @doc """
  Lists the elements of a set, which is known by its `family`, `table` and `name`.

  The set is read again, as often as `:dump_retries` says, if the ruleset changes meanwhile, or
  if the kernel rehashes the set and so leaves out some of its elements: `:dump_interrupted` if
  it was each time. A set of more than one part (32 KiB, some thousand elements) is always read
  twice before Linux 6.16, which does not tell how many elements there are, and if packets may
  add and delete elements (`:eval`).

  `:enoent` if there is no such set. Options are those of `Linx.Netlink.Request`. A set without
  `table` or `name` is a `FunctionClauseError`.
  """
  @spec elements(Batch.target(), Set.t(), [Request.option()]) ::
          {:ok, [Element.t()]} | {:error, Request.error()}
  def elements(sock, %Set{table: table, name: name} = set, opts \\ [])
      when is_binary(table) and is_binary(name),
      do: ElementDump.read(sock, set, opts)

  defp list(sock, message, module, names, opts) do
    table = Keyword.take(@filters, [:family | names])

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_netfilter, table),
         query = query(module, wanted),
         {:ok, objects} <- Request.dump(sock, type(message), query, request) do
      {:ok, Enum.filter(objects, &fits?(&1, wanted))}
    end
  end

  # Only for rules does the kernel filter by more than the family, and then it is content with
  # the first table that has the name (net/netfilter/nf_tables_api.c, nf_tables_dump_rules).
  defp query(module, wanted) do
    one_table? = module == Rule and wanted[:family] not in [nil, 0]
    keys = if one_table?, do: [:family, :table, :chain], else: [:family]
    struct(module.__struct__(), Map.take(wanted, keys))
  end

  defp fits?(object, wanted) do
    Enum.all?(wanted, fn
      {:family, family} -> family in [0, number(object.family)]
      {key, name} -> Map.fetch!(object, key) == name
    end)
  end

  defp number(family), do: if(is_atom(family), do: Family.numbers()[family], else: family)

  # Writing

  @doc """
  Adds a table, chain, rule, set, object or flowtable. A rule goes behind all others, or behind
  the one at its `position`.

  What is there already is no error, rules aside. If it differs, what can be changed is: flags
  of a table, policy and counters of a chain, the numbers of a quota, links of a flowtable.

  What was read can be added elsewhere: `handle` and what else is the kernel's to say are
  left out, and with them the `position` that a rule was read with.
  """
  @spec add(object()) :: Message.t()
  def add(%Rule{} = rule), do: new(rule, nlm_f_create() ||| nlm_f_append())

  def add(%module{} = object) when is_map_key(@objects, module),
    do: new(object, nlm_f_create())

  @doc """
  The same, but `:eexist` if it is there already; there is no such thing for rules.
  """
  @spec create(Table.t() | Chain.t() | Set.t() | Object.t() | Flowtable.t()) :: Message.t()
  def create(%module{} = object) when module != Rule and is_map_key(@objects, module),
    do: new(object, nlm_f_create() ||| nlm_f_excl())

  @doc """
  Adds a rule in front of all others, or in front of the one at its `position`.
  """
  @spec insert(Rule.t()) :: Message.t()
  def insert(%Rule{} = rule), do: new(rule, nlm_f_create())

  @doc """
  Puts a rule in the place of the one with its `handle`.
  """
  @spec replace(Rule.t()) :: Message.t()
  def replace(%Rule{handle: handle} = rule) when is_integer(handle),
    do: message(:newrule, nlm_f_replace(), %{rule | position: nil})

  defp new(%module{} = object, flags) do
    {what, _theirs, _keys} = @objects[module]
    message(:"new#{what}", flags, fresh(object))
  end

  # A rule that was never there is at a position that the caller chose.
  defp fresh(%Rule{handle: nil} = rule), do: rule
  # The kernel asks for an id even where nothing refers to it.
  defp fresh(%Set{id: nil} = set), do: fresh(%{set | id: 0})

  defp fresh(%module{} = object) do
    {_what, theirs, _keys} = @objects[module]
    struct!(object, Enum.map(theirs, &{&1, nil}))
  end

  @doc """
  Deletes a table, chain, rule, set, object or flowtable; `:enoent` if it is not there.

  A table goes with everything in it. A chain must not have rules, nor be jumped to; a set, an
  object and a flowtable must not be used by a rule (`:ebusy`). They are known by their `name`,
  or by `handle` if they have none, objects also by their `type`; a rule by its `handle`, or by
  its `id` within the transaction. A table without `family`, for which the kernel would take all
  tables, is an `ArgumentError`; see `flush_ruleset/1`.
  """
  @spec delete(object()) :: Message.t()
  def delete(%module{} = object) when is_map_key(@objects, module), do: remove(object, "del")

  @doc """
  The same, but without an error if it is not there; from Linux 6.3 on.
  """
  @spec destroy(object()) :: Message.t()
  def destroy(%module{} = object) when is_map_key(@objects, module),
    do: remove(object, "destroy")

  # Of no family, the kernel would delete all tables, name or not (nf_tables_deltable of
  # net/netfilter/nf_tables_api.c).
  defp remove(%Table{family: family} = table, _verb) when family in [nil, 0, :unspec],
    do: raise(ArgumentError, "nothing says which one is meant: #{inspect(table)}")

  # No more than it takes: to the kernel, less means everything, and more other things.
  defp remove(%module{} = object, verb) do
    {what, _theirs, keys} = @objects[module]

    case Enum.find(keys, fn fields -> Enum.all?(fields, &(Map.fetch!(object, &1) != nil)) end) do
      nil ->
        raise ArgumentError, "nothing says which one is meant: #{inspect(object)}"

      fields ->
        message(:"#{verb}#{what}", 0, struct!(module, Map.take(object, [:family | fields])))
    end
  end

  @doc """
  Empties: deletes the rules of a chain, or of all chains of a table, or the elements of a set.
  """
  @spec flush(Table.t() | Chain.t() | Set.t()) :: Message.t()
  def flush(%Table{name: name} = table) when is_binary(name),
    do: message(:delrule, 0, %Rule{family: table.family, table: name})

  def flush(%Chain{table: table, name: name} = chain) when is_binary(table) and is_binary(name),
    do: message(:delrule, 0, %Rule{family: chain.family, table: table, chain: name})

  def flush(%Set{table: table, name: name} = set) when is_binary(table) and is_binary(name),
    do: message(:delsetelem, 0, %Elements{family: set.family, table: table, set: name})

  @doc """
  Deletes all tables of a family; of all families if none is given.

  Those with another owner stay. `nil` and what else is no family is a `FunctionClauseError`.
  """
  @spec flush_ruleset(Codec.family()) :: Message.t()
  def flush_ruleset(family \\ :unspec)
      when family in 0..255 or (is_atom(family) and family not in [nil, true, false]),
      do: message(:deltable, 0, %Table{family: family})

  @doc """
  Adds elements to a set. Elements that are there already are no error.

  Returns a list of messages, since one holds no more than 64 KiB of elements; within a batch
  they are one transaction all the same.
  """
  @spec add_elements(Set.t(), [Element.t()]) :: [Message.t()]
  def add_elements(%Set{table: table, name: name} = set, elements)
      when is_binary(table) and is_binary(name) and is_list(elements),
      do: element_messages(:newsetelem, nlm_f_create(), set, elements)

  @doc """
  Deletes elements of a set, of which only the keys count; `:enoent` if one is not there.

  Returns a list of messages, as `add_elements/2`.
  """
  @spec delete_elements(Set.t(), [Element.t()]) :: [Message.t()]
  def delete_elements(%Set{table: table, name: name} = set, elements)
      when is_binary(table) and is_binary(name) and is_list(elements),
      do: element_messages(:delsetelem, 0, set, elements)

  @doc """
  The same, but without an error if one is not there; from Linux 6.3 on.
  """
  @spec destroy_elements(Set.t(), [Element.t()]) :: [Message.t()]
  def destroy_elements(%Set{table: table, name: name} = set, elements)
      when is_binary(table) and is_binary(name) and is_list(elements),
      do: element_messages(:destroysetelem, 0, set, elements)

  defp element_messages(message, flags, set, elements) do
    if List.improper?(elements) or not Enum.all?(elements, &is_struct(&1, Element)),
      do: raise(ArgumentError, "not a list of elements: #{inspect(elements)}")

    head = %Elements{family: set.family, table: set.table, set: set.name, set_id: set.id}

    elements
    |> Enum.map(&wrapped/1)
    |> Portions.of()
    |> Enum.map(&message(message, flags, %{head | elements: &1}))
  end

  defp message(message, flags, %module{} = body),
    do: %Message{type: type(message), flags: flags, payload: module.encode(wrapped(body))}

  # Expressions may be given without the struct around them.
  defp wrapped(%Rule{} = rule), do: %{rule | expressions: Expr.all(rule)}

  defp wrapped(%module{} = body) when module in [Set, Element],
    do: %{body | expr: body.expr && Expr.of(body.expr), expressions: Expr.all(body)}

  defp wrapped(body), do: body

  defp type(message),
    do: Codec.nlmsg_type(Codec.subsys_nftables(), Keyword.fetch!(@messages, message))
end

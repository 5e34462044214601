defmodule Linx.Netlink.Nfnl.Nft do
  @moduledoc """
  nf_tables: tables, chains, rules, sets, stateful objects and flowtables.

  Kernel side: `NFT_MSG_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      alias Linx.Netlink.Nfnl
      alias Linx.Netlink.Nfnl.Nft
      alias Linx.Netlink.Nfnl.Nft.{Chain, Data, Element, Expr, Hook, Rule, Set, Table}

      {:ok, sock} = Nfnl.open()
      set = %Set{family: :inet, table: "fw", name: "blocked", key_type: 7, key_len: 4}

      # Counts and drops packets from the addresses in the set.
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
              hook: Hook.new(:inet, :input, :filter)
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

  ## Writing

  Functions that change the ruleset send nothing: each returns a message, or a list of messages,
  for `Linx.Netlink.Nfnl.batch/4`. They raise `ArgumentError` for a struct that identifies no
  object and for a value that does not fit its field, and `FunctionClauseError` for any other
  struct.

  Objects have no text form: a rule is its expressions, not a line of `nft`. The kernel assigns
  each object a `handle`; the option `echo: true` of `Linx.Netlink.Nfnl.batch/4` returns it, and
  so do lists. `userdata` can hold an identifier of the caller's own.

  ## Reading

  Listing needs `CAP_NET_ADMIN`. A list shows one generation of the ruleset: it is read again if
  the ruleset changes meanwhile. Options, besides `:timeout` and `:dump_retries` of
  `Linx.Netlink.Request`:

    * `:family` - objects of this family, by name or number;
    * `:table` - objects of this table, by name;
    * `:chain` - rules of this chain, by name.

  Errors are those of `Linx.Netlink.Request`, `{:bad_option, key, value}` and
  `{:unknown_option, key}`. A list of a table that does not exist is empty: `{:ok, []}`.
  """

  import Linx.Netlink.Constants

  import Bitwise, only: [|||: 2]

  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Nfnl.{Codec, Family}

  alias __MODULE__.{
    Chain,
    Element,
    ElementChunks,
    ElementDump,
    Elements,
    Flowtable,
    MessageBody,
    MessageType,
    Object,
    Rule,
    Set,
    Table
  }

  @objects [Table, Chain, Rule, Set, Object, Flowtable]

  # NETLINK_NETFILTER of include/uapi/linux/netlink.h.
  @netlink_netfilter 12

  # Options that filter lists. NFT_NAME_MAXLEN is 256, the terminating NUL included.
  @filters [
    family: {:named, 0..255, Family.numbers()},
    table: {:string, 255},
    chain: {:string, 255}
  ]

  @typedoc "An object of a ruleset."
  @type object ::
          Table.t() | Chain.t() | Rule.t() | Set.t() | Object.t() | Flowtable.t()

  @typedoc "Options of the functions that list; see the section on reading."
  @type option ::
          Request.option()
          | {:family, Codec.family()}
          | {:table, String.t()}
          | {:chain, String.t()}

  @type error ::
          Request.error() | {:bad_option, atom(), term()} | {:unknown_option, term()}

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

  With all three options the kernel dumps the rules of that chain alone; otherwise it dumps all
  rules of the family, and the list is filtered here.
  """
  @spec rules(Batch.target(), [option()]) :: {:ok, [Rule.t()]} | {:error, error()}
  def rules(sock, opts \\ []), do: list(sock, :getrule, Rule, [:table, :chain], opts)

  @doc """
  Lists sets, without their elements. Options: `:family`, `:table`.
  """
  @spec sets(Batch.target(), [option()]) :: {:ok, [Set.t()]} | {:error, error()}
  def sets(sock, opts \\ []), do: list(sock, :getset, Set, [:table], opts)

  @doc """
  Lists stateful objects, such as named counters. Options: `:family`, `:table`.
  """
  @spec objects(Batch.target(), [option()]) :: {:ok, [Object.t()]} | {:error, error()}
  def objects(sock, opts \\ []), do: list(sock, :getobj, Object, [:table], opts)

  @doc """
  Lists flowtables. Options: `:family`, `:table`.
  """
  @spec flowtables(Batch.target(), [option()]) :: {:ok, [Flowtable.t()]} | {:error, error()}
  def flowtables(sock, opts \\ []), do: list(sock, :getflowtable, Flowtable, [:table], opts)

  @doc """
  Lists the elements of a set, identified by `family`, `table` and `name`.

  The set is read again, up to `:dump_retries` times, if the ruleset changes meanwhile or if the
  kernel rehashes the set, which makes a dump skip elements. `:dump_interrupted` is the error if
  every attempt was disturbed. A set that fills more than one datagram (32 KiB, some thousand
  elements) is read twice in two cases: before Linux 6.16, where the kernel reports no number of
  elements, and if packets can add and delete elements (flag `:eval`).

  Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`. The kernel's error for a set
  that does not exist is `:enoent`. Raises `FunctionClauseError` for a set without `table` or
  `name`.
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
         {:ok, objects} <- Request.dump(sock, MessageType.number(message), query, request) do
      {:ok, Enum.filter(objects, &matches?(&1, wanted))}
    end
  end

  # The kernel filters by family; only for rules also by table and chain. Without a family it
  # then dumps the first table of that name alone (net/netfilter/nf_tables_api.c,
  # nf_tables_dump_rules).
  defp query(module, wanted) do
    one_table? = module == Rule and wanted[:family] not in [nil, 0]
    keys = if one_table?, do: [:family, :table, :chain], else: [:family]
    struct(module.__struct__(), Map.take(wanted, keys))
  end

  defp matches?(object, wanted) do
    Enum.all?(wanted, fn
      {:family, family} -> family in [0, number(object.family)]
      {key, name} -> Map.fetch!(object, key) == name
    end)
  end

  defp number(family), do: if(is_atom(family), do: Family.numbers()[family], else: family)

  # Writing

  @doc """
  The message that adds a table, chain, rule, set, stateful object or flowtable
  (`NFT_MSG_NEW*` with `NLM_F_CREATE`).

  A rule is appended to its chain, or inserted after the rule whose handle is its `position`.

  An object that exists already is no error, and is updated where the kernel supports that: flags
  of a table, policy and counters of a chain, the limit of a quota, devices of a flowtable. A rule
  is always a new one.

  A struct that was read from the kernel can be added elsewhere: read-only fields such as
  `handle` are not sent, nor is the `position` of a rule that has a `handle`.
  """
  @spec add(object()) :: Message.t()
  def add(%Rule{} = rule), do: new(rule, nlm_f_create() ||| nlm_f_append())

  def add(%module{} = object) when module in @objects,
    do: new(object, nlm_f_create())

  @doc """
  The message that adds a table, chain, set, stateful object or flowtable, and fails with
  `:eexist` if it exists (`NLM_F_CREATE` and `NLM_F_EXCL`). Rules have no such form.
  """
  @spec create(Table.t() | Chain.t() | Set.t() | Object.t() | Flowtable.t()) :: Message.t()
  def create(%module{} = object) when module != Rule and module in @objects,
    do: new(object, nlm_f_create() ||| nlm_f_excl())

  @doc """
  The message that inserts a rule at the start of its chain, or before the rule whose handle is
  its `position`.
  """
  @spec insert(Rule.t()) :: Message.t()
  def insert(%Rule{} = rule), do: new(rule, nlm_f_create())

  @doc """
  The message that replaces the rule with this `handle` (`NLM_F_REPLACE`).
  """
  @spec replace(Rule.t()) :: Message.t()
  def replace(%Rule{handle: handle} = rule) when is_integer(handle),
    do: message(:newrule, nlm_f_replace(), %{rule | position: nil})

  defp new(object, flags) do
    body = MessageBody.without_readonly(object)
    message(:"new#{MessageBody.suffix(object)}", flags, body)
  end

  @doc """
  The message that deletes a table, chain, rule, set, stateful object or flowtable; the kernel's
  error is `:enoent` if it does not exist.

  Deleting a table deletes all objects in it. The kernel refuses with `:ebusy` to delete a chain
  that has rules or is the target of a jump, and a set, stateful object or flowtable that a rule
  uses.

  An object is identified by `name`, or else by `handle`, a stateful object by its `type` as well;
  a rule by `handle`, or else by `id` within the batch. Raises `ArgumentError` if these fields are
  `nil`, and for a table without `family`: the kernel would delete all tables. `flush_ruleset/1`
  does that.
  """
  @spec delete(object()) :: Message.t()
  def delete(%module{} = object) when module in @objects, do: remove(object, "del")

  @doc """
  The message that deletes an object as `delete/1` does, without an error if it does not exist
  (`NFT_MSG_DESTROY*`, Linux 6.3).
  """
  @spec destroy(object()) :: Message.t()
  def destroy(%module{} = object) when module in @objects,
    do: remove(object, "destroy")

  defp remove(object, verb),
    do: message(:"#{verb}#{MessageBody.suffix(object)}", 0, MessageBody.identity(object))

  @doc """
  The message that deletes all rules of a chain, all rules of a table, or all elements of a set.

  Raises `FunctionClauseError` if the struct lacks its `name`, or a chain or set its `table`.
  """
  @spec flush(Table.t() | Chain.t() | Set.t()) :: Message.t()
  def flush(%Table{name: name} = table) when is_binary(name),
    do: message(:delrule, 0, %Rule{family: table.family, table: name})

  def flush(%Chain{table: table, name: name} = chain) when is_binary(table) and is_binary(name),
    do: message(:delrule, 0, %Rule{family: chain.family, table: table, chain: name})

  def flush(%Set{table: table, name: name} = set) when is_binary(table) and is_binary(name),
    do: message(:delsetelem, 0, %Elements{family: set.family, table: table, set: name})

  @doc """
  The message that deletes all tables of a family, by default of all families.

  Tables that another socket owns (flag `:owner`) stay. Raises `FunctionClauseError` for `nil` and
  for any other value that is no family.
  """
  @spec flush_ruleset(Codec.family()) :: Message.t()
  def flush_ruleset(family \\ :unspec)
      when family in 0..255 or (is_atom(family) and family not in [nil, true, false]),
      do: message(:deltable, 0, %Table{family: family})

  @doc """
  The messages that add elements to a set. An element that exists already is no error.

  A message holds at most 64 KiB of elements, so there may be several; in one batch they are one
  transaction.
  """
  @spec add_elements(Set.t(), [Element.t()]) :: [Message.t()]
  def add_elements(%Set{table: table, name: name} = set, elements)
      when is_binary(table) and is_binary(name) and is_list(elements),
      do: element_messages(:newsetelem, nlm_f_create(), set, elements)

  @doc """
  The messages that delete elements of a set; the kernel's error is `:enoent` if one of them does
  not exist. `key`, `key_end` and `flags` identify an element.

  There may be several messages, as with `add_elements/2`.
  """
  @spec delete_elements(Set.t(), [Element.t()]) :: [Message.t()]
  def delete_elements(%Set{table: table, name: name} = set, elements)
      when is_binary(table) and is_binary(name) and is_list(elements),
      do: element_messages(:delsetelem, 0, set, elements)

  @doc """
  The messages that delete elements of a set as `delete_elements/2` does, without an error for
  elements that do not exist (`NFT_MSG_DESTROYSETELEM`, Linux 6.3).
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
    |> Enum.map(&MessageBody.normalize/1)
    |> ElementChunks.split()
    |> Enum.map(&message(message, flags, %{head | elements: &1}))
  end

  defp message(name, flags, %module{} = body),
    do: %Message{
      type: MessageType.number(name),
      flags: flags,
      payload: module.encode(MessageBody.normalize(body)),
      codec: module
    }
end

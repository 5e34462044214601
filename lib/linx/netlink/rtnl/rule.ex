defmodule Linx.Netlink.Rtnl.Rule do
  @moduledoc """
  A policy rule: which packets are routed by which table.

  Kernel side: `struct fib_rule_hdr` and the `FRA_*` attributes of
  `include/uapi/linux/fib_rules.h`.

      {:ok, rules} = Rule.list(sock)

      :ok = Rule.add(sock, from: "10.0.0.0/24", table: 5000, priority: 900)
      :ok = Rule.add(sock, fwmark: 0x2A, fwmask: 0xFF, table: 100)
      :ok = Rule.add(sock, ip_proto: :udp, dport: 53, action: :prohibit, family: :inet6)
      :ok = Rule.delete(sock, from: "10.0.0.0/24", table: 5000, priority: 900)

  Reading needs no privilege, everything else `CAP_NET_ADMIN` in the socket's namespace.

  Rules are gone through by `priority`, from the lowest; the first that fits and whose
  table has a route decides. A new rule without `:priority` comes before all but the
  first. The header holds numbers, for which `action/1` and `flags/1` have names, and
  `target_table/1` knows the table wherever it is. `goto`, `suppress_prefixlen` and
  `suppress_ifgroup` are those of the kernel, where -1 is none.

  ## Further options

    * `:table` - the table, 1 to 4294967295; required unless `:action`, `:goto` or `:l3mdev`
      says what to do;
    * `:from`, `:to` - source and destination, such as `"10.0.0.0/24"` or one address;
    * `:fwmark` - the packet's mark;
    * `:family` - `:inet` or `:inet6`; that of `:from` and `:to`, otherwise `:inet`;
    * `:iif`, `:oif` - incoming and outgoing link, a name (which need not exist yet) or an
      index; `:iif` of `"lo"` is packets of this machine;
    * `:uid_range` - `{first, last}` user id of the sender, or one;
    * `:sport`, `:dport` - `{first, last}` port, or one, of 1 to 65534: the kernel takes
      neither 0 nor 65535;
    * `:realms` - IPv4 only: realm of the destination, or `{source, destination}`;
    * `:echo` - with `add/2`, `true` to get `{:ok, rule}`, as the kernel made it, in place
      of `:ok`;
    * those of `Linx.Netlink.Request`.

  A kernel older than an option leaves it out without saying so, and the rule chooses more
  packets than it should: `:echo` shows what came of it.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; a rule that is there already is
      `:eexist`, one that is not `:enoent`;
    * `{:missing_option, :table}`, `{:bad_option, key, value}`, `{:unknown_option, key}`,
      `{:bad_cidr, text}`, `{:bad_address, text}`, `{:bad_name, name}`,
      `{:family_mismatch, {from, to}}`;
    * `{:shadowed_by, rule}` - of `delete/2`: the kernel would delete another one;
    * those of `Linx.Netlink.Request`.

  Wrong options are found before anything is sent, and what is hidden before anything is
  deleted.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0]

  alias Linx.IP
  alias Linx.Netlink.{Batch, Error, Message, Options, Request}
  alias Linx.Netlink.Rtnl.Link

  alias __MODULE__
  alias __MODULE__.{Masks, Match, PortRange, UidRange}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newrule 32
  @rtm_delrule 33
  @rtm_getrule 34

  @enoent 2

  # FR_ACT_*.
  @actions [
    unspec: 0,
    to_tbl: 1,
    goto: 2,
    nop: 3,
    res3: 4,
    res4: 5,
    blackhole: 6,
    unreachable: 7,
    prohibit: 8
  ]

  # FIB_RULE_*.
  @flags [
    permanent: 0x1,
    invert: 0x2,
    unresolved: 0x4,
    iif_detached: 0x8,
    oif_detached: 0x10,
    find_saddr: 0x10000
  ]

  codec prefix: "FRA_" do
    header "struct fib_rule_hdr" do
      field :family, :u8
      field :dst_len, :u8
      field :src_len, :u8
      field :tos, :u8
      field :table, :u8
      field :res1, :u8
      field :res2, :u8
      field :action, :u8
      field :flags, :u32
    end

    attr 1, :dst, IP
    attr 2, :src, IP
    attr 6, :priority, :u32
    attr 10, :fwmark, :u32
    attr 15, :table_ext, :u32, c: "FRA_TABLE"
    attr 3, :iifname, :string
    attr 4, :goto, :u32
    attr 11, :flow, :u32
    attr 12, :tun_id, :be64
    attr 13, :suppress_ifgroup, :s32
    attr 14, :suppress_prefixlen, :s32
    attr 16, :fwmask, :u32
    attr 17, :oifname, :string
    attr 19, :l3mdev, :u8
    attr 20, :uid_range, UidRange
    attr 21, :protocol, :u8
    attr 22, :ip_proto, :u8
    attr 23, :sport_range, PortRange
    attr 24, :dport_range, PortRange
    attr 25, :dscp, :u8
    group :masks, Masks
  end

  # IPPROTO_*.
  @ip_protos [tcp: 6, udp: 17, icmp: 1, icmpv6: 58]

  # RTPROT_* of include/uapi/linux/rtnetlink.h.
  @protocols Linx.Netlink.Rtnl.Protocol.names()

  options(
    priority: {0..0xFFFFFFFF, "place among the rules; the kernel's choice if not given"},
    fwmask: {0..0xFFFFFFFF, "bits of the mark to compare, all if not given"},
    invert: {:bool, "for the packets that do not fit, `not` to `ip rule`"},
    tos: {0..255, "TOS byte of the packet"},
    dscp: {0..63, "its DSCP, from Linux 6.11"},
    dscp_mask: {0..63, "bits of the DSCP to compare, from Linux 6.15"},
    ip_proto: {{:named, 1..255, @ip_protos}, "its protocol"},
    sport_mask: {0..0xFFFF, "bits of the source port to compare, from Linux 6.15"},
    dport_mask: {0..0xFFFF, "bits of the destination port to compare, from Linux 6.15"},
    flowlabel: {0..0xFFFFF, "its IPv6 flow label, from Linux 6.14"},
    flowlabel_mask: {0..0xFFFFF, "bits of the flow label to compare, all if not given"},
    tun_id: {0..0xFFFFFFFFFFFFFFFF, "key or network identifier it was tunnelled with"},
    l3mdev: {:bool, "go to the table of the VRF that the packet's link belongs to"},
    goto: {1..0xFFFFFFFF, "priority of a later rule to go on with"},
    action:
      {{:enum,
        Keyword.take(@actions, [:to_tbl, :goto, :nop, :blackhole, :unreachable, :prohibit])},
       "what to do, `:to_tbl` if not given", values: "FR_ACT_"},
    suppress_prefixlength:
      {0..128, "pass over routes with a prefix of this length or less",
       field: [:suppress_prefixlen]},
    suppress_ifgroup: {0..0x7FFFFFFF, "pass over routes by links of this group"},
    protocol: {{:named, 0..255, @protocols}, "who made the rule"}
  )

  @type error ::
          Link.error()
          | {:missing_option, :table}
          | {:bad_option, atom(), term()}
          | {:unknown_option, term()}
          | {:bad_cidr, String.t()}
          | {:bad_address, String.t()}
          | {:bad_name, term()}
          | {:family_mismatch, {IP.family(), IP.family()}}

  @typedoc "`:ok`; with `echo: true` the rule as it became; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  # FR_ACT_*.
  @doc false
  @spec __actions__() :: keyword(0..8)
  def __actions__, do: @actions

  @doc false
  @spec __protocols__() :: keyword(0..255)
  def __protocols__, do: @protocols

  @doc """
  The rules of the socket's namespace, those of a family in the order they are gone through.

  `:family` is `:inet` or `:inet6`; without it all families are listed, on some machines
  those of multicast routing (128 and 129) too. Further options are those of
  `Linx.Netlink.Request`.
  """
  @spec list(Link.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []) do
    table = [family: {:choice, Options.families()}]

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, table),
         family = wanted[:family] || 0,
         {:ok, rules} <- Request.dump(sock, @rtm_getrule, %__MODULE__{family: family}, request) do
      {:ok, if(family == 0, do: rules, else: Enum.filter(rules, &(&1.family == family)))}
    end
  end

  @doc """
  Adds a rule, by options or as one of `list/2`; `:eexist` if the same is there already.

      :ok = Rule.add(sock, from: "10.0.0.0/24", table: 5000, priority: 900)
      :ok = Rule.add(sock, table: 254, suppress_prefixlength: 0, priority: 1000)
      {:ok, %Rule{priority: priority}} = Rule.add(sock, to: "fd00::/8", table: 7, echo: true)

  The kernel takes rules of one priority for the same that differ in `:invert` or `:goto`, or
  of which the one there has a network, TOS or realms and the new one none. So what it refuses
  is looked for, and added all the same if it is not there; in a batch it is not looked for.
  """
  @spec add(Link.target(), keyword() | t()) :: done()
  def add(sock, %__MODULE__{} = rule),
    do: add_rule(sock, Match.identity(rule), protocol: @netlink_route)

  def add(sock, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, rule} <- Rule.Options.cast(sock, opts, request),
         do: add_rule(sock, rule, request)
  end

  @doc """
  Adds a rule of `list/2`, as `add/2` does, with the options `:echo` and those of
  `Linx.Netlink.Request`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  def add(sock, %__MODULE__{} = rule, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: add_rule(sock, Match.identity(rule), request)
  end

  defp add_rule(sock, rule, request) do
    with {:error, %Error{errno: :eexist}} = refused <-
           Request.run(sock, @rtm_newrule, nlm_f_create() ||| nlm_f_excl(), rule, request),
         {:ok, rules} <- like(sock, rule, request) do
      if Enum.any?(rules, &(Match.key(&1) == Match.key(rule))),
        do: refused,
        else: Request.run(sock, @rtm_newrule, nlm_f_create(), rule, request)
    end
  end

  @doc """
  Deletes a rule: the first that has all that is given, with options as for `add/2`, or the
  very one, with a rule of `list/2`.

      :ok = Rule.delete(sock, from: "10.0.0.0/24", table: 5000)
      {:ok, [rule | _]} = Rule.list(sock, family: :inet6)
      :ok = Rule.delete(sock, rule)

  The kernel takes the first rule that has what it compares, which may be more than was said,
  and it does not compare `:invert` and `:goto`. So the rules are read first if one of these is
  among the options, or if a rule is given. If the kernel would take another one, nothing is
  deleted:

    * `{:error, {:shadowed_by, rule}}` - that other one, which comes before it in the same
      priority and says as much or more.

  In a batch nothing is read first, and the kernel takes what it takes.
  """
  @spec delete(Link.target(), keyword() | t()) :: done() | {:error, {:shadowed_by, t()}}
  def delete(sock, %__MODULE__{} = rule), do: delete(sock, rule, [])

  def delete(sock, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, rule} <- Rule.Options.cast(sock, opts, request) do
      overlooked = Keyword.take(opts, [:invert, :goto])

      if overlooked == [] or is_struct(sock, Batch),
        do: Request.run(sock, @rtm_delrule, 0, rule, request),
        else: delete_chosen(sock, rule, &wanted?(rule, &1, overlooked), request)
    end
  end

  @doc """
  Deletes a rule of `list/2`, as `delete/2` does, with the option `:timeout`.
  """
  @spec delete(Link.target(), t(), keyword()) :: done() | {:error, {:shadowed_by, t()}}
  def delete(sock, %__MODULE__{} = rule, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []) do
      key = Match.key(rule)

      if is_struct(sock, Batch),
        do: Request.run(sock, @rtm_delrule, 0, Match.identity(rule), request),
        else: delete_chosen(sock, rule, &(Match.key(&1) == key), request)
    end
  end

  defp wanted?(said, rule, overlooked) do
    Match.kernel_matches?(said, rule) and
      Enum.all?(overlooked, fn
        {:invert, invert} -> invert == :invert in flags(rule)
        {:goto, goto} -> goto == rule.goto
      end)
  end

  defp delete_chosen(sock, rule, wanted?, request) do
    with {:ok, rules} <- like(sock, rule, request),
         {:ok, asked} <- Match.select(rules, wanted?) do
      Request.run(sock, @rtm_delrule, 0, asked, request)
    else
      {:error, :none} -> {:error, Error.from_errno(@enoent)}
      {:error, reason} -> {:error, reason}
    end
  end

  # The rules of the family of another.
  defp like(sock, %{family: family}, request) do
    query = %__MODULE__{family: family}

    with {:ok, rules} <-
           Request.dump(sock, @rtm_getrule, query, Keyword.delete(request, :echo)),
         do: {:ok, Enum.filter(rules, &(&1.family == family))}
  end

  @doc """
  The table the rule leads to, which the header has no room for if it is beyond 255.

      iex> Linx.Netlink.Rtnl.Rule.target_table(%Linx.Netlink.Rtnl.Rule{table_ext: 5000})
      5000
  """
  @spec target_table(t()) :: non_neg_integer()
  def target_table(%__MODULE__{table_ext: table}) when is_integer(table) and table > 0, do: table
  def target_table(%__MODULE__{table: table}), do: table

  @doc """
  What the rule does, by name.

      iex> Linx.Netlink.Rtnl.Rule.action(%Linx.Netlink.Rtnl.Rule{action: 1})
      :to_tbl

  One of `:unspec`, `:to_tbl`, `:goto`, `:nop`, `:res3`, `:res4`, `:blackhole`,
  `:unreachable`, `:prohibit`, or a number.
  """
  @spec action(t()) :: atom() | non_neg_integer()
  def action(%__MODULE__{action: action}), do: name(@actions, action)

  @doc """
  Who made the rule, by name; `nil` where the kernel does not say.

      iex> Linx.Netlink.Rtnl.Rule.protocol(%Linx.Netlink.Rtnl.Rule{protocol: 2})
      :kernel

  The names are those of `Linx.Netlink.Rtnl.Route.protocol/1`.
  """
  @spec protocol(t()) :: atom() | non_neg_integer() | nil
  def protocol(%__MODULE__{protocol: protocol}), do: name(@protocols, protocol)

  @doc """
  The flags of the rule by name.

      iex> Linx.Netlink.Rtnl.Rule.flags(%Linx.Netlink.Rtnl.Rule{flags: 0x12})
      [:invert, :oif_detached]

  A detached rule names a link that does not exist, an unresolved one goes to a rule that
  does not.
  """
  @spec flags(t()) :: [atom()]
  def flags(%__MODULE__{flags: flags}),
    do: for({name, bit} <- @flags, band(flags || 0, bit) != 0, do: name)

  defp name(names, number) do
    case List.keyfind(names, number, 1) do
      {name, _} -> name
      nil -> number
    end
  end

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Rule
    alias Linx.Text

    def inspect(rule, opts) do
      Text.show(rule, opts, fn ->
        [
          Text.part("priority=", rule.priority),
          network("from=", rule.src, rule.src_len),
          network("to=", rule.dst, rule.dst_len),
          rule.fwmark && "fwmark=0x#{Integer.to_string(rule.fwmark, 16)}",
          "table=#{Text.field(Rule.target_table(rule))}",
          if(:invert in Rule.flags(rule), do: "not"),
          Text.part("iif=", rule.iifname),
          Text.part("oif=", rule.oifname),
          Text.part("ip_proto=", rule.ip_proto),
          range("sport=", rule.sport_range),
          range("dport=", rule.dport_range),
          range("uid=", rule.uid_range),
          Text.part("goto=", rule.goto),
          action(Rule.action(rule))
        ]
      end)
    end

    defp network(_name, nil, _length), do: nil
    defp network(name, ip, length), do: "#{name}#{Text.field(ip)}/#{Text.field(length)}"

    defp range(_name, nil), do: nil
    defp range(name, %{start: port, end: port}), do: "#{name}#{Text.field(port)}"

    defp range(name, range),
      do: "#{name}#{Text.field(range.start)}-#{Text.field(range.end)}"

    defp action(action) when action in [:nop, :blackhole, :unreachable, :prohibit],
      do: "action=#{action}"

    defp action(_action), do: nil
  end
end

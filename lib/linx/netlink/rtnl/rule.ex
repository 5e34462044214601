defmodule Linx.Netlink.Rtnl.Rule do
  @moduledoc """
  Routing policy rule: the packets that it selects, and the table that routes them.

  Kernel side: `struct fib_rule_hdr` and the `FRA_*` attributes of
  `include/uapi/linux/fib_rules.h`.

      {:ok, rules} = Rule.list(sock)

      :ok = Rule.add(sock, from: "10.0.0.0/24", table: 5000, priority: 900)
      :ok = Rule.add(sock, fwmark: 0x2A, fwmask: 0xFF, table: :main)
      :ok = Rule.add(sock, ip_proto: :udp, dport: 53, action: :prohibit, family: :inet6)
      :ok = Rule.delete(sock, from: "10.0.0.0/24", table: 5000, priority: 900)

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the socket's namespace.

  The kernel tries rules by `priority`, the lowest first; the first that matches and whose table has
  a route decides. A new rule without `:priority` is placed before all but the first.

  The header fields `action` and `flags` are numbers: `action/1` and `flags/1` give their names.
  `table` and `table_ext` hold the table: `target_table/1`. `flow` holds the realms: `realms/1`.
  `suppress_prefixlen` and `suppress_ifgroup` are -1 for none. `protocol` and `ip_proto` are names.

  ## Further options

    * `:table` - table, 1 to 4294967295, or `:main`, `:local`, `:default` or `:compat`; required
      unless `:action`, `:goto` or `:l3mdev` is given;
    * `:from`, `:to` - source and destination, a subnet such as `"10.0.0.0/24"` or one address;
    * `:fwmark` - firewall mark of the packet;
    * `:family` - `:inet` or `:inet6`; if not given, that of `:from` and `:to`, or `:inet`;
    * `:iif`, `:oif` - incoming and outgoing link, a name (which need not exist) or an
      index; `:iif` of `"lo"` selects packets of this machine;
    * `:uid_range` - user id of the sender, `{first, last}` or one;
    * `:sport`, `:dport` - port, `{first, last}` or one, 1 to 65534: the kernel refuses 0 and 65535;
    * `:realms` - IPv4 only: destination realm, or `{source, destination}`;
    * `:echo` - with `add/2`, `true` to get `{:ok, rule}`, as the kernel made it, in place
      of `:ok`;
    * those of `Linx.Netlink.Request`.

  A kernel that does not know an option ignores it, and the rule selects more packets than it
  should: `:echo` shows the rule as the kernel made it.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eexist` if the rule exists, `:enoent` if it
      does not;
    * `{:missing_option, :table}`, `{:bad_option, key, value}`, `{:unknown_option, key}`,
      `{:bad_cidr, text}`, `{:bad_address, text}`, `{:bad_name, name}`,
      `{:family_mismatch, {from, to}}`, before anything is sent;
    * `{:shadowed_by, rule}` - of `delete/2`: the kernel would delete this other rule; found before
      anything is deleted;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  use Linx.Netlink.Resource,
    name: :rule,
    plural: :rules,
    messages: [new: 32, del: 33, get: 34],
    groups: [8, 19],
    key: &__MODULE__.Match.unique/1,
    tracked?: &__MODULE__.Match.ip?/1,
    gone: [:enoent],
    identity: &__MODULE__.Match.request/1,
    owner: :protocol,
    desired: __MODULE__.Desired

  import Bitwise, only: [|||: 2]
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0]

  alias Linx.IP
  alias Linx.Netlink.{Batch, Error, IpProtocol, Message, Options, Request}
  alias Linx.Netlink.Rtnl.{Link, Names, Protocol, Realms}

  alias __MODULE__
  alias __MODULE__.{Masks, Match, PortRange, Query, UidRange}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newrule 32
  @rtm_delrule 33

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
      field :family, :u8, "address family, AF_*"
      field :dst_len, :u8, "length of the destination's prefix, bits"
      field :src_len, :u8, "length of the source's prefix, bits"
      field :tos, :u8, "TOS byte"
      field :table, :u8, "table up to 255, RT_TABLE_*"
      field :res1, :u8, "reserved"
      field :res2, :u8, "reserved"
      field :action, :u8, "action, FR_ACT_*"
      field :flags, :u32, "flags, FIB_RULE_*"
    end

    attr 1, :dst, IP, "destination"
    attr 2, :src, IP, "source"
    attr 6, :priority, :u32, "position, the lowest is tried first"
    attr 10, :fwmark, :u32, "firewall mark"
    attr 15, :table_ext, :u32, "table", c: "FRA_TABLE"
    attr 3, :iifname, :string, "name of the incoming link"
    attr 4, :goto, :u32, "priority of the rule at which to continue"
    attr 11, :flow, :u32, "realms, the source's in the upper 16 bits"
    attr 12, :tun_id, :be64, "key or network identifier of the tunnel"
    attr 13, :suppress_ifgroup, :s32, "group of links whose routes are ignored, -1 for none"

    attr 14,
         :suppress_prefixlen,
         :s32,
         "prefix length up to which routes are ignored, -1 for none"

    attr 16, :fwmask, :u32, "bits of the mark that are compared"
    attr 17, :oifname, :string, "name of the outgoing link"
    attr 19, :l3mdev, {:bool, :u8}, "use the table of the link's VRF"
    attr 20, :uid_range, UidRange, "user ids of the sender"
    attr 21, :protocol, {:enum, :u8, Protocol.names()}, "origin", values: "RTPROT_"
    attr 22, :ip_proto, {:enum, :u8, IpProtocol.names()}, "IP protocol", values: "IPPROTO_"
    attr 23, :sport_range, PortRange, "source ports"
    attr 24, :dport_range, PortRange, "destination ports"
    attr 25, :dscp, :u8, "DSCP"
    attr 26, :flowlabel, :be32, "IPv6 flow label"
    group :masks, Masks
  end

  options(
    priority: {0..0xFFFFFFFF, "position among the rules; the kernel's choice if not given"},
    fwmask: {0..0xFFFFFFFF, "bits of the mark to compare, all if not given"},
    invert: {:bool, "select the packets that do not match, `not` of `ip rule`"},
    tos: {0..255, "TOS byte of the packet"},
    dscp: {0..63, "DSCP of the packet, from Linux 6.11"},
    dscp_mask: {0..63, "bits of the DSCP to compare, from Linux 6.15"},
    ip_proto: {{:named, 1..255, IpProtocol.names()}, "IP protocol of the packet"},
    sport_mask: {0..0xFFFF, "bits of the source port to compare, from Linux 6.15"},
    dport_mask: {0..0xFFFF, "bits of the destination port to compare, from Linux 6.15"},
    flowlabel: {0..0xFFFFF, "IPv6 flow label of the packet, from Linux 6.14"},
    flowlabel_mask: {0..0xFFFFF, "bits of the flow label to compare, all if not given"},
    tun_id: {0..0xFFFFFFFFFFFFFFFF, "key or network identifier of the packet's tunnel"},
    l3mdev: {:bool, "use the table of the VRF of the packet's link"},
    goto: {1..0xFFFFFFFF, "priority of a later rule at which to continue"},
    action:
      {{:enum,
        Keyword.take(@actions, [:to_tbl, :goto, :nop, :blackhole, :unreachable, :prohibit])},
       "action, `:to_tbl` if not given", values: "FR_ACT_"},
    suppress_prefixlength:
      {0..128, "ignore routes with a prefix of this length or less", field: [:suppress_prefixlen]},
    suppress_ifgroup: {0..0x7FFFFFFF, "ignore routes over links of this group"},
    protocol: {{:named, 0..255, Protocol.names()}, "origin of the rule"}
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

  @typedoc "`:ok`; with `echo: true` the rule after the change; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  @doc """
  Lists the rules of the socket's namespace, those of a family in the order in which they are tried.

  `:family` is `:inet` or `:inet6`; without it all families are listed, with some kernels those of
  multicast routing (128 and 129) too. Further options are those of `Linx.Netlink.Request`.
  """
  @spec list(Link.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []), do: Query.list(sock, opts)

  @doc """
  Gets the first rule that has all the given properties; `:enoent` if there is none.

      {:ok, rule} = Rule.get(sock, priority: 900)
      {:ok, rule} = Rule.get(sock, from: "fd00::/8", table: 5000)

  Options are those above, none of them required, and `:timeout`. The family is `:inet` if neither
  `:family` nor an address is given. The kernel has no request for one rule: the rules of the family are
  listed, in a batch at the place of the verb.
  """
  @spec get(Link.target(), keyword()) :: {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(sock, opts), do: Query.get(sock, opts)

  @doc """
  Adds a rule, by options or one that was read, such as one of `list/2`; `:eexist` if it exists.

      :ok = Rule.add(sock, from: "10.0.0.0/24", table: 5000, priority: 900)
      :ok = Rule.add(sock, table: 254, suppress_prefixlength: 0, priority: 1000)
      {:ok, %Rule{priority: priority}} = Rule.add(sock, to: "fd00::/8", table: 7, echo: true)

  To the kernel a rule exists if another of the same priority differs only in `:invert` or `:goto`,
  or has a network, TOS or realms that the new one lacks. If it refuses a rule as existing, the rules
  are listed, and the rule is added in another way if it does not exist; not so in a batch.
  """
  @spec add(Link.target(), keyword() | t()) :: done()
  def add(sock, %__MODULE__{} = rule),
    do: add_rule(sock, Match.request(rule), protocol: @netlink_route)

  def add(sock, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, draft} <- Rule.Options.cast(opts),
         {:ok, rule} <- Rule.Options.resolve(draft, sock, request),
         do: add_rule(sock, rule, request)
  end

  @doc """
  Adds a rule that was read, as `add/2` does, with the options `:echo` and `:timeout`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  def add(sock, %__MODULE__{} = rule, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: add_rule(sock, Match.request(rule), request)
  end

  defp add_rule(sock, rule, request) do
    with {:error, %Error{errno: :eexist}} = refused <-
           Request.run(sock, @rtm_newrule, nlm_f_create() ||| nlm_f_excl(), rule, request),
         {:ok, rules} <- Query.of_family(sock, rule.family, request) do
      if Enum.any?(rules, &(Match.key(&1) == Match.key(rule))),
        do: refused,
        else: Request.run(sock, @rtm_newrule, nlm_f_create(), rule, request)
    end
  end

  @doc """
  Deletes a rule: the first that has all the given properties, with options as for `add/2`, or
  one that was read.

      :ok = Rule.delete(sock, from: "10.0.0.0/24", table: 5000)
      {:ok, [rule | _]} = Rule.list(sock, family: :inet6)
      :ok = Rule.delete(sock, rule)

  The kernel deletes the first rule that has the given properties, which may have more, and does not
  compare `:invert` and `:goto`. So the rules are listed first if one of these is given, or a rule
  that was read. If the kernel would delete another rule, nothing is deleted:

    * `{:error, {:shadowed_by, rule}}` - that other rule, which is tried before the wanted one, in
      the same priority.

  In a batch the rules are not listed, and the kernel deletes the rule that it finds.
  """
  @spec delete(Link.target(), keyword() | t()) :: done() | {:error, {:shadowed_by, t()}}
  def delete(sock, %__MODULE__{} = rule), do: delete(sock, rule, [])

  def delete(sock, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, draft} <- Rule.Options.cast(opts),
         {:ok, rule} <- Rule.Options.resolve(draft, sock, request) do
      if Keyword.take(opts, [:invert, :goto]) == [] or is_struct(sock, Batch),
        do: Request.run(sock, @rtm_delrule, 0, rule, request),
        else: delete_selected(sock, rule, &Match.specified?(rule, opts, &1), request)
    end
  end

  @doc """
  Deletes a rule that was read, as `delete/2` does, with the option `:timeout`.
  """
  @spec delete(Link.target(), t(), keyword()) :: done() | {:error, {:shadowed_by, t()}}
  def delete(sock, %__MODULE__{} = rule, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []) do
      key = Match.key(rule)

      if is_struct(sock, Batch),
        do: Request.run(sock, @rtm_delrule, 0, Match.request(rule), request),
        else: delete_selected(sock, rule, &(Match.key(&1) == key), request)
    end
  end

  defp delete_selected(sock, rule, wanted?, request) do
    with {:ok, rules} <- Query.of_family(sock, rule.family, request),
         {:ok, selected} <- Match.select(rules, wanted?) do
      Request.run(sock, @rtm_delrule, 0, selected, request)
    else
      {:error, :none} -> {:error, Query.enoent()}
      {:error, reason} -> {:error, reason}
    end
  end

  @doc """
  Table of a rule; `table_ext` holds tables above 255.

      iex> Linx.Netlink.Rtnl.Rule.target_table(%Linx.Netlink.Rtnl.Rule{table_ext: 5000})
      5000
  """
  @spec target_table(t()) :: non_neg_integer()
  def target_table(%__MODULE__{table_ext: table}) when is_integer(table) and table > 0, do: table
  def target_table(%__MODULE__{table: table}), do: table

  @doc """
  Name of the action of a rule.

      iex> Linx.Netlink.Rtnl.Rule.action(%Linx.Netlink.Rtnl.Rule{action: 1})
      :to_tbl

  One of `:unspec`, `:to_tbl`, `:goto`, `:nop`, `:res3`, `:res4`, `:blackhole`,
  `:unreachable`, `:prohibit`, or a number.
  """
  @spec action(t()) :: atom() | non_neg_integer()
  def action(%__MODULE__{action: action}), do: Names.name(@actions, action)

  @doc """
  Name of the origin of a rule, as of `Linx.Netlink.Rtnl.Protocol.names/0`, or a number; `nil` if the
  kernel does not report it.
  """
  @spec protocol(t()) :: atom() | non_neg_integer() | nil
  def protocol(%__MODULE__{protocol: protocol}), do: Protocol.name(protocol)

  @doc """
  Source and destination realm of a rule; `nil` without realms.
  """
  @spec realms(t()) :: {0..0xFFFF, 0..0xFFFF} | nil
  def realms(%__MODULE__{flow: flow}), do: Realms.split(flow)

  @doc """
  Names of the flags of a rule.

      iex> Linx.Netlink.Rtnl.Rule.flags(%Linx.Netlink.Rtnl.Rule{flags: 0x12})
      [:invert, :oif_detached]

  A detached rule names a link that does not exist; the `:goto` of an unresolved one names a rule
  that does not.
  """
  @spec flags(t()) :: [atom()]
  def flags(%__MODULE__{flags: flags}), do: Names.bits(@flags, flags)

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Rule
    alias Linx.Text

    def inspect(rule, opts), do: Text.show(rule, opts, fn -> Rule.Text.parts(rule) end)
  end
end

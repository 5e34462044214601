defmodule Linx.Namespace.Rtnl.Rule.RequestsTest do
  # Every combination of attributes of rules that the kernel accepts: the listed rule is deleted
  # and written again. `ip` is the judge.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Rtnl}
  alias Linx.Netlink.Rtnl.{Reconcile, Rule}

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  for {family, flag, src, dst} <- [
        {:inet, "-4", "10.0.0.0/8", "10.9.0.1"},
        {:inet6, "-6", "fd00::/8", "fd09::1"}
      ] do
    @attributes [
      action: [
        [table: 7],
        [table: 5000, suppress_prefixlength: 0],
        [table: 254, suppress_ifgroup: 7],
        [action: :blackhole],
        [action: :prohibit],
        [action: :unreachable],
        [action: :nop],
        [goto: 0xFFFF],
        [l3mdev: true]
      ],
      from: [[], [from: src]],
      to: [[], [to: dst]],
      links: [[], [iif: "v0"], [oif: "v9"]],
      mark: [[], [fwmark: 3], [fwmark: 3, fwmask: 0xFF], [fwmark: 0, fwmask: 1]],
      packet: [
        [],
        [tos: 8],
        [ip_proto: :tcp, dport: {7, 9}],
        [ip_proto: :udp, sport: 7, uid_range: {3, 4}],
        [tun_id: 7]
      ],
      invert: [[], [invert: true]],
      protocol: [[], [protocol: :static]]
    ]

    @tag timeout: 300_000
    test "each listed rule is deleted, added and reconciled, #{family}", %{ns: ns, sock: sock} do
      shown = fn -> ip_json(ns, "-details -N #{unquote(flag)} rule show") end
      by_ip = shown.()

      # Every fifth combination, each with its own priority.
      specs =
        for {opts, n} <- Enum.with_index(combinations(unquote(Macro.escape(@attributes)))),
            rem(n, 5) == 0,
            do: [family: unquote(family), priority: 1000 + n] ++ opts

      made = specs |> run!(sock, &Rule.add/2) |> Enum.count(&(&1 == :ok))
      all = shown.() -- by_ip
      assert length(all) == made
      assert made > 1000

      {:ok, listed} = Rule.list(sock, family: unquote(family))
      rules = Enum.filter(listed, &((&1.priority || 0) in 1000..9999))
      {first, second} = halves(rules)
      {_, left} = halves(all)
      assert first |> run!(sock, &Rule.delete/2) |> Enum.uniq() == [:ok]
      assert shown.() -- by_ip == left
      assert first |> run!(sock, &Rule.add/2) |> Enum.uniq() == [:ok]
      assert shown.() -- by_ip == all
      assert second |> run!(sock, &Rule.delete/2) |> Enum.uniq() == [:ok]
      assert first |> run!(sock, &Rule.delete/2) |> Enum.uniq() == [:ok]
      assert shown.() == by_ip

      rules = for opts <- specs, opts[:protocol] == nil, rem(opts[:priority], 4) == 0, do: opts
      {:ok, first} = Reconcile.reconcile(sock, %{rules: rules}, %{}, on_error: :continue)
      taken = for {:create, rule} <- first.applied, do: rule.priority
      rules = Enum.filter(rules, &(&1[:priority] in taken))
      {:ok, second} = Reconcile.reconcile(sock, %{rules: rules})
      assert {Enum.take(second.applied, 2), second.failed} == {[], []}
      {:ok, last} = Reconcile.reconcile(sock, %{})
      assert {length(last.applied), last.failed} == {length(taken), []}
      assert shown.() == by_ip
    end
  end

  defp combinations([]), do: [[]]

  defp combinations([{_name, values} | rest]),
    do: for(value <- values, more <- combinations(rest), do: value ++ more)

  defp run!(items, sock, fun) do
    {:ok, results} = Batch.run(sock, fn batch -> Enum.map(items, &fun.(batch, &1)) end)
    results
  end

  defp halves(list) do
    {first, second} =
      list |> Enum.with_index() |> Enum.split_with(fn {_, n} -> rem(n, 2) == 0 end)

    {Enum.map(first, &elem(&1, 0)), Enum.map(second, &elem(&1, 0))}
  end
end

defmodule Linx.Netlink.Rtnl.Rule.Text do
  @moduledoc false
  # Parts of the one-line form of a rule.

  alias Linx.Netlink.Rtnl.Rule
  alias Linx.Text

  @spec parts(Rule.t()) :: [String.t() | nil | false]
  def parts(rule) do
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

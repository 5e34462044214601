defmodule Linx.Netlink.ConstantsTest do
  use ExUnit.Case, async: true

  import Linx.Netlink.Constants

  # The kernel's header, which defines the constants in upper case.
  @header "/usr/include/linux/netlink.h"

  defp in_guard(type) when type >= nlmsg_min_type(), do: :family
  defp in_guard(type) when type in [nlmsg_noop(), nlmsg_error()], do: :netlink
  defp in_guard(_type), do: :other

  defp in_pattern(nlmsg_done()), do: :done
  defp in_pattern(%{type: nlmsg_error()}), do: :error
  defp in_pattern(<<nlm_f_dump()::16, _::binary>>), do: :dump
  defp in_pattern(_other), do: :other

  test "constants are integers in expressions" do
    assert nlm_f_dump() == 768
    assert [nlm_f_request(), nlm_f_multi(), nlm_f_ack(), nlm_f_echo()] == [1, 2, 4, 8]
    assert nlm_f_dump_intr() == 0x10
    assert [nlm_f_root(), nlm_f_match(), nlm_f_atomic()] == [0x100, 0x200, 0x400]
    assert [nlm_f_replace(), nlm_f_excl()] == [0x100, 0x200]
    assert [nlm_f_create(), nlm_f_append()] == [0x400, 0x800]
    assert [nlmsg_noop(), nlmsg_error(), nlmsg_done(), nlmsg_overrun()] == [1, 2, 3, 4]
    assert nlmsg_min_type() == 0x10
    assert [nla_f_nested(), nla_f_net_byteorder(), nla_type_mask()] == [0x8000, 0x4000, 0x3FFF]
  end

  test "constants work in guards" do
    assert Enum.map([0x10, 2, 4], &in_guard/1) == [:family, :netlink, :other]
  end

  test "constants work in patterns of values, maps and binaries" do
    assert in_pattern(3) == :done
    assert in_pattern(%{type: 2}) == :error
    assert in_pattern(<<0x300::16, 1>>) == :dump
    assert in_pattern(4) == :other
  end

  test "every constant is a macro without arguments and expands to a literal" do
    for {name, arity} <- Linx.Netlink.Constants.__info__(:macros) do
      assert arity == 0
      call = {name, [], []}
      assert is_integer(Macro.expand(call, __ENV__)), "#{name} is not a literal"
    end

    assert length(Linx.Netlink.Constants.__info__(:macros)) == 21
    assert Linx.Netlink.Constants.__info__(:functions) == []
  end

  if File.exists?(@header) do
    test "the numbers equal those of the kernel's header" do
      defines =
        for [_, name, value] <-
              Regex.scan(~r/#define\s+(NLM\w+)\s+(0x[0-9a-fA-F]+|\d+)/, File.read!(@header)),
            into: %{},
            do: {name |> String.downcase() |> String.to_atom(), value}

      shared =
        for {name, 0} <- Linx.Netlink.Constants.__info__(:macros),
            is_map_key(defines, name),
            do: name

      assert length(shared) > 15

      for name <- shared do
        {value, _} = Code.eval_string(defines[name])
        assert Macro.expand({name, [], []}, __ENV__) == value, "#{name} is not #{value}"
      end
    end
  end
end

defmodule Linx.Namespace.Rtnl.Tc.Filter.BpfTest do
  # Filters of the kind bpf. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc.Filter
  alias Linx.Netlink.Rtnl.Tc.Filter.Bpf

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ["v0", "v1"], do: tc!(ns, "qdisc add dev #{link} clsact")
    %{sock: sock}
  end

  # Protocol of IP, its number 17 or not.
  @ops [{0x30, 0, 0, 0xFFF00009}, {0x15, 0, 1, 17}, {0x06, 0, 0, 0xFFFFFFFF}, {0x06, 0, 0, 0}]
  @text "4,48 0 0 4293918729,21 0 1 17,6 0 0 4294967295,6 0 0 0"

  test "filters with classic bytecode are those of tc", %{sock: sock, ns: ns} do
    [first | _] =
      same_filters(sock, ns, :bpf, "egress", [
        {[parent: :egress, bytecode: @ops, classid: "1:10"], "bytecode '#{@text}' classid 1:10"},
        {[parent: :egress, bytecode: @text, skip_hw: true], "bytecode '#{@text}' skip_hw"},
        {[parent: :egress, bytecode: [{6, 0, 0, 5}]], "bytecode '1,6 0 0 5'"}
      ])

    assert %Bpf{ops_len: 4, classid: 0x10010, flags_gen: [:not_in_hw]} = first
    assert for(op <- first.ops, do: {op.code, op.jt, op.jf, op.k}) == @ops
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for {opts, error} <- [
          {[], {:missing_option, :fd}},
          {[fd: 1], {:missing_option, :name}},
          {[fd: -1, name: "x"], {:bad_option, :fd, -1}},
          {[fd: 1, bytecode: [{6, 0, 0, 0}]], {:bad_option, :fd, 1}},
          {[name: "x", bytecode: [{6, 0, 0, 0}]], {:bad_option, :name, "x"}},
          {[bytecode: []], {:bad_option, :bytecode, []}},
          {[bytecode: [{6, 0, 256, 0}]], {:bad_option, :bytecode, [{6, 0, 256, 0}]}},
          {[bytecode: "2,6 0 0 0"], {:bad_option, :bytecode, "2,6 0 0 0"}},
          {[bytecode: "1,6 0 0"], {:bad_option, :bytecode, "1,6 0 0"}}
        ],
        do: assert(Filter.add(sock, "v0", :bpf, [parent: :egress] ++ opts) == {:error, error})

    # Standard input is no program.
    assert {:error, %Error{errno: :einval}} =
             Filter.add(sock, "v0", :bpf, parent: :egress, fd: 0, name: "x")
  end
end

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

  # Loads a program of a type that returns a number, and sends its descriptor to a
  # socket of UNIX, until a line is read.
  @load """
  import ctypes, os, socket, struct, sys
  path, kind, value = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
  ops = ctypes.create_string_buffer(struct.pack("<BBhi", 0xB7, 0, 0, value) + struct.pack("<BBhi", 0x95, 0, 0, 0))
  license = ctypes.create_string_buffer(b"GPL")
  attr = struct.pack("<IIQQIIQII16s", kind, 2, ctypes.addressof(ops), ctypes.addressof(license), 0, 0, 0, 0, 0, b"drops")
  buffer = ctypes.create_string_buffer(attr, 128)
  fd = ctypes.CDLL(None, use_errno=True).syscall(321, 5, buffer, 128)
  assert fd >= 0, os.strerror(ctypes.get_errno())
  with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as out:
      out.connect(path)
      socket.send_fds(out, [b"x"], [fd])
  """

  # BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_SCHED_ACT.
  @sched_cls 3
  @sched_act 4

  # The descriptor, in this process of the OS.
  defp load(type, value) do
    path = Path.join(System.tmp_dir!(), "linx-bpf-#{System.pid()}-#{type}-#{value}")
    {:ok, socket} = :socket.open(:local, :stream)
    :ok = :socket.bind(socket, %{family: :local, path: path})
    :ok = :socket.listen(socket)

    {"", 0} =
      System.cmd("python3", ["-c", @load, path, "#{type}", "#{value}"], stderr_to_stdout: true)

    {:ok, peer} = :socket.accept(socket, 5000)

    {:ok, %{ctrl: [%{type: :rights, data: <<fd::native-32>>}]}} =
      :socket.recvmsg(peer, 0, 64, [], 5000)

    for socket <- [socket, peer], do: :socket.close(socket)
    File.rm!(path)
    on_exit(fn -> Linx.Netlink.Socket.Native.close_fd(fd) end)
    fd
  end

  @tag :vm
  test "a program by its descriptor decides about packets", %{sock: sock, ns: ns} do
    sysctl!(ns, "net.ipv6.conf.all.disable_ipv6": 1)
    for link <- ["v0", "v1"], do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 192.0.2.1/24 dev v0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
    {:ok, udp} = netns_udp(ns, "192.0.2.1")

    received = fn ->
      ns |> exec!("cat", "/sys/class/net/v1/statistics/rx_packets") |> String.trim()
    end

    # TC_ACT_OK, then TC_ACT_SHOT.
    for {value, count} <- [{0, 3}, {2, 0}] do
      fd = load(@sched_cls, value)
      place = [parent: :egress, prio: 1, handle: 1]
      assert :ok = Filter.replace(sock, "v0", :bpf, [fd: fd, name: "drops", da: true] ++ place)

      assert {:ok, %Filter{options: %Bpf{name: "drops", flags: [:act_direct]} = bpf}} =
               Filter.get(sock, "v0", place)

      assert [%{"options" => shown}] =
               for(
                 %{"options" => %{"handle" => _}} = f <- tc_json(ns, "filter show dev v0 egress"),
                 do: f
               )

      assert %{"bpf_name" => "drops", "direct-action" => true, "prog" => prog} = shown
      assert {prog["id"], prog["tag"]} == {bpf.id, Base.encode16(bpf.tag, case: :lower)}

      before = String.to_integer(received.())

      for _ <- 1..3,
          do: :ok = :socket.sendto(udp, "x", %{family: :inet, addr: {192, 0, 2, 2}, port: 9})

      assert becomes(fn -> String.to_integer(received.()) - before end, count, 50) == count
    end
  end

  @tag :vm
  test "an action runs a program by its descriptor", %{sock: sock, ns: ns} do
    assert :ok =
             Linx.Netlink.Rtnl.Tc.Action.add(sock, :bpf,
               fd: load(@sched_act, 2),
               name: "drops",
               index: 7
             )

    assert tc!(ns, "actions list action bpf") =~ "bpf drops"
  end
end

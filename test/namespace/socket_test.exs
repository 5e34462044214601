defmodule Linx.Namespace.SocketTest do
  # Paths of namespaces, and other functions that take a path or a descriptor.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Socket.Native

  setup %{ns: ns} do
    dir = Path.join(System.tmp_dir!(), "linx-#{ns}")
    File.mkdir!(dir)
    on_exit(fn -> File.rm_rf!(dir) end)
    %{dir: dir}
  end

  describe "a path for a namespace" do
    test "may be a symbolic link", %{path: path, dir: dir, ns: ns} do
      link = Path.join(dir, "link")
      File.ln_s!(path, link)
      ip!(ns, "link add v0 type veth peer name v1")

      {:ok, sock} = Rtnl.open({:path, link})
      assert {:ok, %Link{name: "v0"}} = Link.get(sock, "v0")
      assert {:ok, fd} = Native.open_netns(link)
      assert File.stat!("/proc/self/fd/#{fd}").inode == File.stat!(path).inode
      assert Native.close_fd(fd) == :ok
    end

    test "must name a network namespace", %{dir: dir} do
      fifo = Path.join(dir, "fifo")
      {_, 0} = System.cmd("mkfifo", [fifo])
      File.ln_s!("/dev/null", Path.join(dir, "link"))
      text = Path.join(dir, "text")
      File.write!(text, "")

      for path <- [
            fifo,
            text,
            dir,
            Path.join(dir, "link"),
            "/dev/null",
            "/dev/ptmx",
            "/proc/self/ns/uts",
            "/proc/self/ns/mnt",
            "/proc/self/status"
          ],
          open <- [
            &Socket.open(0, {:path, &1}),
            &Native.open_in_netns(&1, 0),
            &Native.open_netns/1
          ] do
        assert {path, open.(path)} == {path, {:error, {:setns, 22}}}
      end
    end

    test "must exist", %{dir: dir} do
      File.ln_s!("nowhere", Path.join(dir, "dangling"))
      File.ln_s!("loop", Path.join(dir, "loop"))

      for {name, errno} <- [{"none", 2}, {"dangling", 2}, {"loop", 40}, {"none/below", 2}] do
        assert Native.open_netns(Path.join(dir, name)) == {:error, {:open, errno}}
      end

      assert Native.open_netns("/dev/null/below") == {:error, {:open, 20}}
    end

    # The FIFO is not open for reading, so that opening it for writing blocks.
    test "is not opened before it is known to be a network namespace", %{dir: dir} do
      fifo = Path.join(dir, "fifo")
      {_, 0} = System.cmd("mkfifo", [fifo])
      writer = sh("echo $$; printf written > #{fifo}")
      assert_receive {^writer, {:data, pid}}, 10_000
      blocked!(String.trim(pid))

      for _ <- 1..20, do: assert(Native.open_netns(fifo) == {:error, {:setns, 22}})

      # If the FIFO had been opened, the writer would have continued and failed without a reader
      # (SIGPIPE).
      reader = sh("cat #{fifo}")
      assert_receive {^writer, {:exit_status, 0}}, 10_000
      assert_receive {^reader, {:data, "written"}}, 10_000
      assert_receive {^reader, {:exit_status, 0}}, 10_000
    end

    # A device without a driver cannot be opened (ENXIO).
    test "is not opened if it is a device", %{dir: dir} do
      device = Path.join("/run", Path.basename(dir))

      # mknod(2) is refused in a user namespace.
      if match?({_, 0}, System.cmd("mknod", [device, "c", "300", "0"], stderr_to_stdout: true)) do
        assert {:error, :enxio} = File.open(device, [:read, :raw])
        assert Native.open_netns(device) == {:error, {:setns, 22}}
        File.rm!(device)
      end
    end
  end

  defp sh(script) do
    options = [:binary, :exit_status, args: ["-c", script]]
    Port.open({:spawn_executable, System.find_executable("sh")}, options)
  end

  # Waits until a process sleeps in open(2) or openat(2).
  defp blocked!(pid) do
    case File.read!("/proc/#{pid}/stat") |> String.split(") ") |> List.last() do
      "S" <> _ -> :ok
      _ -> blocked!(pid)
    end
  end

  describe "a tun device" do
    test "needs a name that a link can have", %{path: path, ns: ns} do
      for name <- [
            "a\0b",
            "a\0",
            "",
            "sixteen-bytes-xx",
            "a/b",
            "a b",
            "a:b",
            "a\tb",
            ".",
            "..",
            :a,
            nil,
            ~c"a"
          ] do
        assert Native.create_tun(path, name, 1, nil, nil) == {:error, {:bad_name, name}}
        {:ok, sock} = Rtnl.open({:path, path})
        assert Link.create_tun(sock, name) == {:error, {:bad_name, name}}
      end

      assert [%{"ifname" => "lo"}] = ip_json(ns, "link show")
    end

    test "needs flags and ids within the range of their C types", %{path: path, ns: ns} do
      for {flags, owner, group} <- [
            {0x10001, nil, nil},
            {-1, nil, nil},
            {1, 1 + 0xFFFFFFFF, nil},
            {1, -1, nil},
            {1, nil, 1 + 0xFFFFFFFF},
            {1, nil, "0"}
          ] do
        error =
          assert_raise FunctionClauseError, fn ->
            Native.create_tun(path, "t0", flags, owner, group)
          end

        assert {error.module, error.function} == {Native, :create_tun}
      end

      # The NIF itself does not truncate flags either.
      assert_raise ArgumentError, fn ->
        Linx.Netlink.Native.tun_create(0, path, "t0", 0x10001, nil, nil)
      end

      truncated = &Linx.Netlink.Native.tun_create(&1, path, "a\0b", 1, nil, nil)
      assert {:error, {:ioctl, 22}} = Linx.Netlink.Permit.run(truncated)

      assert [%{"ifname" => "lo"}] = ip_json(ns, "link show")
    end
  end

  test "numbers that are not descriptors, protocols or groups are errors", %{path: path} do
    for fd <- [-1, 0x7FFFFFFF, 0x80000000, 1_000_000_000_000, -0x80000001, 0x1_0000_0000] do
      assert Native.close_fd(fd) == :ok
      assert Native.bind_netlink(fd, 0) == {:error, 9}
    end

    for protocol <- [-1, 200, 0x80000000, 0x1_0000_0000],
        do: assert(Native.open_in_netns(path, protocol) == {:error, {:socket, 93}})

    assert_raise FunctionClauseError, fn -> Native.bind_netlink(0, 0x1_0000_0000) end

    for netns <- [nil, :x, path, {:pid, 0}, {:pid, "1"}, {:path, ~c"x"}, {:fd, 3}] do
      for open <- [&Socket.open(0, &1), &Rtnl.open/1, &Linx.Netlink.Nfnl.open/1],
          do: assert(open.(netns) == {:error, {:bad_netns, netns}})
    end
  end
end

defmodule Linx.Namespace.Guides.OwnFamilyTest do
  # Evaluates the code of docs/guides/own_family.md; the judge of the first part is ip.
  use Linx.Test.NamespaceCase

  import ExUnit.CaptureIO

  alias Linx.Test.{Document, Python, Specs}

  @file_name "docs/guides/own_family.md"
  @guide File.read!(@file_name)
  @new_device "/sys/bus/netdevsim/new_device"

  # The attributes of the shapers of a link, by number, as Python reads them (little endian).
  @judge """
  import socket, struct
  def attr(kind, data): return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
  def attrs(data):
      while len(data) >= 4:
          size, kind = struct.unpack_from("HH", data)
          yield kind & 0x3fff, data[4:size]
          data = data[size + 3 & ~3:]
  def talk(kind, flags, command, body):
      s.send(struct.pack("IHHII", 20 + len(body), kind, flags, 1, 0) + bytes([command, 1, 0, 0]) + body)
      while True:
          data = s.recv(65536)
          while data:
              size, kind, _ = struct.unpack_from("IHH", data)
              if kind in (2, 3): return
              yield data[20:size]
              data = data[size + 3 & ~3:]
  s = socket.socket(16, socket.SOCK_RAW, 16)
  family = dict(attrs(next(talk(16, 1, 3, attr(2, b"net-shaper\\0")))))
  for reply in talk(struct.unpack("H", family[1])[0], 0x301, 1, attr(8, struct.pack("I", int(input())))):
      for kind, data in attrs(reply): print(kind, data.hex())
  """

  defp blocks(language), do: Document.blocks(@guide, language)
  defp run(codes, session \\ []), do: Document.run(codes, @file_name, session)

  defp link(name),
    do: System.cmd("ip", ["-o", "-d", "link", "show", name], stderr_to_stdout: true)

  defp links do
    {text, 0} = System.cmd("ip", ["-br", "link"])
    for line <- String.split(text, "\n", trim: true), do: line |> String.split() |> hd()
  end

  @tag :vm
  test "a family by hand: switches are created, listed, notified and deleted" do
    codes = blocks("elixir")
    assert length(codes) == 6

    {before, [last]} = Enum.split(codes, -1)
    {bindings, _env} = session = run(before)
    {shown, 0} = link("demo0")
    assert shown =~ "openvswitch"
    assert shown =~ "#{bindings[:datapath].ifindex}: demo0"

    run([last], session)
    assert {_, 1} = link("demo0")
  end

  @tag :vm
  @tag skip: Specs.missing()
  test "a family by its specification: rates of queues are read and set" do
    tmp = Path.join(System.tmp_dir!(), "linx-family-#{System.pid()}")
    on_exit(fn -> File.rm_rf!(tmp) end)
    args = [Specs.file("net_shaper"), "--module", "MyApp.Shaper", "--out", tmp]
    capture_io(fn -> Mix.Task.rerun("linx.gen.family", args) end)

    files = Path.wildcard(tmp <> "/**/*.ex")
    assert Path.join(tmp, "my_app/shaper.ex") in files
    capture_io(:stderr, fn -> {:ok, _, _} = Kernel.ParallelCompiler.compile(files) end)

    before = links()
    File.write!(@new_device, "77 1")
    on_exit(fn -> File.write!("/sys/bus/netdevsim/del_device", "77") end)
    assert [name] = links() -- before
    {_, 0} = System.cmd("ip", ["link", "set", name, "name", "sim0"])

    assert [set, read] = blocks("elixir generated")
    {bindings, _env} = session = run([set])

    # NET_SHAPER_A_METRIC 0 and NET_SHAPER_A_BW_MAX 10^10 of include/uapi/linux/net_shaper.h.
    attrs = Python.lines!(@judge, ["#{bindings[:index]}"])
    assert "2 00000000" in attrs
    assert "4 00e40b5402000000" in attrs

    run([read], session)
    assert Python.lines!(@judge, ["#{bindings[:index]}"]) == []
  end

  @tag :vm
  @tag skip: Specs.missing()
  test "a specification without files" do
    for code <- blocks("elixir specification") do
      names = Regex.scan(~r/"([\w-]+\.yaml)"/, code, capture: :all_but_first)

      code =
        for [name] <- names,
            reduce: code,
            do: (code -> String.replace(code, name, Specs.file(Path.basename(name, ".yaml"))))

      capture_io(:stderr, fn -> run([code]) end)
    end
  end
end

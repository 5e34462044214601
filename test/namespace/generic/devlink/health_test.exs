defmodule Linx.Namespace.Generic.Devlink.HealthTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Netdevsim

  alias Linx.Netlink.{Error, Generic}
  alias Linx.Netlink.Generic.Devlink
  alias Linx.Netlink.Generic.Devlink.{Health, HealthReporter}
  alias Linx.Test.JSON

  @moduletag :vm

  setup :with_device

  test "health reporters are those that devlink shows, and are set",
       %{ns: ns, sock: sock, dev: dev} do
    theirs = fn -> Map.new(shown(ns, "health show")[dev], &{&1["reporter"], &1}) end

    ours = fn ->
      {:ok, reporters} = Health.list(sock)

      Map.new(reporters, fn %{health_reporter: reporter} ->
        shown =
          for {key, value} <- [
                {"reporter", reporter.name},
                {"state", to_string(reporter.state)},
                {"error", reporter.err_count},
                {"recover", reporter.recover_count},
                {"grace_period", reporter.graceful_period},
                {"auto_recover", reporter.auto_recover},
                {"auto_dump", reporter.auto_dump}
              ],
              value != nil,
              into: %{},
              do: {key, value}

        {reporter.name, shown}
      end)
    end

    assert ours.() == theirs.()

    for {option, key, value} <- [
          {:graceful_period, "grace_period", 777},
          {:auto_recover, "auto_recover", false},
          {:auto_dump, "auto_dump", false}
        ] do
      assert Health.set(sock, dev, "dummy", [{option, value}]) == :ok
      assert %{"dummy" => %{^key => ^value}} = theirs.()
    end

    assert ours.() == theirs.()

    # This devlink does not print it.
    assert Health.set(sock, dev, "dummy", burst_period: 55) == :ok
    assert {:ok, %{health_reporter: reporter}} = Health.get(sock, dev, "dummy")
    assert %{burst_period: 55, graceful_period: 777} = reporter
    assert {:error, %Error{errno: :einval}} = Health.get(sock, dev, "absent")

    assert {:error, %Error{errno: :eopnotsupp}} =
             Health.set(sock, dev, "empty", auto_recover: true)
  end

  test "diagnoses and dumps are those that devlink prints",
       %{ns: ns, sock: sock, dev: dev, name: name, debug: debug} do
    # The binary in it is random.
    plain = fn value -> Map.delete(value, "test_binary") end
    # On stderr it prints "kernel answers: Success".
    theirs = fn command ->
      JSON.decode!(exec!(ns, "sh", ["-c", "devlink -j health #{command} 2>/dev/null"]))
    end

    on = "#{dev} reporter dummy"

    {:ok, diagnosis} = Health.diagnose(sock, dev, "dummy")
    assert plain.(diagnosis) == plain.(theirs.("diagnose #{on}"))
    assert byte_size(diagnosis["test_binary"]) == 16

    :ok = Health.set(sock, dev, "dummy", auto_recover: false)
    File.write(debug <> "/health/break_health", "hello")
    assert [_, %{"state" => "error"}] = shown(ns, "health show")[dev]

    assert {:ok, dump} = Health.dump(sock, dev, "dummy")
    assert %{"break_message" => "hello", "test_nest" => %{"nested_test_bool" => false}} = dump
    %{"test_binary" => bytes} = theirs = theirs.("dump show #{on}")
    assert %{dump | "test_binary" => :binary.bin_to_list(dump["test_binary"])} == theirs
    assert bytes != []

    assert {:ok, %{health_reporter: %{dump_ts_ns: ns_of_dump}}} = Health.get(sock, dev, "dummy")
    assert_in_delta ns_of_dump, System.os_time(:nanosecond), 60_000_000_000

    assert Health.recover(sock, dev, "dummy") == :ok
    assert [_, %{"state" => "healthy", "last_dump_date" => _}] = shown(ns, "health show")[dev]
    assert Health.clear_dump(sock, dev, "dummy") == :ok
    assert [_, reporter] = shown(ns, "health show")[dev]
    refute Map.has_key?(reporter, "last_dump_date")

    # The kernel splits a value over messages where a part does not fit the first, which depends on the
    # size of its buffers.
    query = %Health{
      bus_name: "netdevsim",
      dev_name: name,
      request: %HealthReporter{name: "dummy"}
    }

    size =
      Enum.find(3300..3760//10, fn size ->
        File.write!(debug <> "/health/binary_len", "#{size}")
        result = Generic.fetch_all(sock, Devlink, :health_reporter_diagnose, query)
        match?({:ok, [_, _]}, result)
      end)

    assert {:ok, %{"test_binary" => long, "test_u8" => 1, "test_nest" => nest}} =
             Health.diagnose(sock, dev, "dummy")

    assert {byte_size(long), nest} ==
             {size, %{"nested_test_bool" => false, "nested_test_u8" => 0}}

    assert {:error, %Error{errno: :eopnotsupp}} = Health.test(sock, dev, "dummy")
  end
end

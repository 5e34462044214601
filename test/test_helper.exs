# :build    builds projects that depend on this one, half a minute; `make test` runs them.
# :vm       needs drivers that few machines have; `make test` runs them if RUN_IN_VM is set.
# :initial_users  needs users besides root, or a device of root: the initial user namespace, in which root
#           runs the tests.
#
# The time limits end tests that hang; no other test comes near them, even on a busy machine.
initial_users? = String.split(File.read!("/proc/self/uid_map")) == ["0", "0", "4294967295"]

unless initial_users? or System.get_env("LINX_TEST_ISOLATED") == nil,
  do: IO.puts(:stderr, "Tests tagged :initial_users skipped: they need root.")

exclude = if initial_users?, do: [:build, :vm], else: [:build, :vm, :initial_users]

ExUnit.start(exclude: exclude, timeout: 600_000, assert_receive_timeout: 300_000)

# A run without tests must not count as a success.
if System.get_env("CI") do
  ExUnit.after_suite(fn %{total: total, excluded: excluded, skipped: skipped} ->
    if total - excluded - skipped <= 0 do
      IO.puts(:stderr, "No test ran: an error if CI is set.")
      System.at_exit(fn _ -> exit({:shutdown, 1}) end)
    end
  end)
end

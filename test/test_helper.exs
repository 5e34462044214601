# :build    builds whole projects that depend on this one, half a minute; `make test` runs them.
# :vm       needs drivers that few machines have; `make test` runs them if RUN_IN_VM is set.
#
# The time limits end what hangs; on a busy machine nothing else comes near them.
ExUnit.start(exclude: [:build, :vm], timeout: 600_000, assert_receive_timeout: 300_000)

# A room of tests that turns out empty must not pass for a room of tests that passed.
if System.get_env("CI") do
  ExUnit.after_suite(fn %{total: total, excluded: excluded, skipped: skipped} ->
    if total - excluded - skipped <= 0 do
      IO.puts(:stderr, "No test ran, which CI takes for a failure.")
      System.at_exit(fn _ -> exit({:shutdown, 1}) end)
    end
  end)
end

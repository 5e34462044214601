# Creates and deletes veth pairs, 20 a second, while a view is read and lists are requested through a
# connection; `make churn` runs it in a network namespace of its own. Prints counters, and fails if a
# guarantee was violated.

alias Linx.Test.LinkChurn

seconds =
  case System.argv() do
    [] -> 60
    [text] -> String.to_integer(text)
  end

ns = "churn"
{_, 0} = System.cmd("ip", ["netns", "add", ns])
counts = LinkChurn.run(ns, seconds)
{_, 0} = System.cmd("ip", ["netns", "delete", ns])

IO.puts("""
in #{seconds} seconds
  pairs made          #{counts.pairs}
  view reads, right   #{counts.reads}
    failed            #{counts.failed}
    wrong             #{counts.wrong}
  lists, consistent   #{counts.lists}
    interrupted       #{counts.interrupted}
    failed            #{counts.lists_failed}
    wrong             #{counts.lists_wrong}
  resyncs             #{counts.resyncs}
  overruns            #{counts.overruns}
  at the end          #{counts.differs || "as `ip -json` has it"}
""")

case LinkChurn.violations(counts) do
  [] -> :ok
  broken -> IO.puts(:stderr, "Broken: #{inspect(broken)}") && System.halt(1)
end

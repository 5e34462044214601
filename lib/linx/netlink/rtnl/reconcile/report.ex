defmodule Linx.Netlink.Rtnl.Reconcile.Report do
  @moduledoc """
  The result of a pass of `Linx.Netlink.Rtnl.Reconcile`.

    * `converged?` - whether no step failed or is pending, and there are no conflicts;
    * `applied` - the steps that succeeded, in order;
    * `failed` - the steps that failed, each with its error: one at most, unless the pass
      had the option `on_error: :continue`;
    * `pending` - the steps that were not tried: those behind the failed one, those that would
      do harm after it, or all of a dry run;
    * `conflicts` - the desired objects in whose place another owner has a different one:
      `{existing, desired}` each;
    * `last_applied` - an argument of the next pass.

  A step is `{:create, item}`, `{:update, item}`, `{:delete, item}`, or, for an object that is taken
  over from another owner, `{:replace, existing, item}`.

      #Linx.Netlink.Rtnl.Reconcile.Report<converged: 4 applied>
      #Linx.Netlink.Rtnl.Reconcile.Report<2 applied, 1 failed, 3 pending>
      #Linx.Netlink.Rtnl.Reconcile.Report<1 applied, 2 conflicts>
      #Linx.Netlink.Rtnl.Reconcile.Report<converged: no-op>
  """

  alias Linx.Netlink.Rtnl.{Diff, Reconcile}

  @enforce_keys [:converged?, :applied, :failed, :pending, :last_applied]
  defstruct @enforce_keys ++ [conflicts: []]

  @type step :: Diff.op() | {:replace, existing :: struct(), struct()}

  @type t :: %__MODULE__{
          converged?: boolean(),
          applied: [step()],
          failed: [{step(), term()}],
          pending: [step()],
          conflicts: [{existing :: struct(), desired :: struct()}],
          last_applied: Reconcile.last_applied()
        }

  defimpl Inspect do
    alias Linx.Text

    def inspect(report, opts) do
      Text.show(report, opts, fn ->
        parts =
          for {list, word} <- [
                {report.applied, "applied"},
                {report.failed, "failed"},
                {report.pending, "pending"},
                {report.conflicts,
                 if(match?([_], report.conflicts), do: "conflict", else: "conflicts")}
              ],
              list != [],
              do: "#{length(list)} #{word}"

        text = if parts == [], do: "no-op", else: Enum.join(parts, ", ")
        [report.converged? && "converged:", text]
      end)
    end
  end
end

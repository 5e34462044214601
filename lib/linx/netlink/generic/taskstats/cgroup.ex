defmodule Linx.Netlink.Generic.Taskstats.Cgroup do
  @moduledoc """
  Numbers of tasks of a control group, by state.

  Kernel side: `struct cgroupstats` of `include/uapi/linux/cgroupstats.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct cgroupstats", default: nil do
      field :nr_sleeping, :u64, "tasks that sleep"
      field :nr_running, :u64, "tasks that run or can run"
      field :nr_stopped, :u64, "tasks that are stopped"
      field :nr_uninterruptible, :u64, "tasks that sleep uninterruptibly"
      field :nr_io_wait, :u64, "tasks that wait for I/O"
    end
  end
end

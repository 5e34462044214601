defmodule Linx.Netlink.Generic.Devlink.HealthReporter do
  @moduledoc """
  Properties of a health reporter.

  Kernel side: `DEVLINK_ATTR_HEALTH_REPORTER_*` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_ATTR_HEALTH_REPORTER_" do
    attr 115, :name, :string, "name"

    attr 116, :state, {:enum, :u8, [healthy: 0, error: 1]}, "state",
      values: {:kernel, "include/net/devlink.h"}

    attr 117, :err_count, :u64, "number of errors", volatile: true
    attr 118, :recover_count, :u64, "number of recoveries", volatile: true
    attr 119, :dump_ts, :u64, "time of the dump since the start of the kernel, milliseconds"

    attr 120, :graceful_period, :u64, "least time between two recoveries, milliseconds"

    attr 121, :auto_recover, {:bool, :u8}, "recovers at once"
    attr 137, :dump_ts_ns, :u64, "time of the dump since 1970, nanoseconds"
    attr 141, :auto_dump, {:bool, :u8}, "dumps at once"

    attr 181,
         :burst_period,
         :u64,
         "time after the first recovery in which others are not delayed, milliseconds"
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Class.Hfsc do
  @moduledoc """
  Class of hierarchical fair service curves.

  Kernel side: `TCA_HFSC_*` and `struct tc_service_curve` of `include/uapi/linux/pkt_sched.h`.

      :ok = Class.add(sock, "eth0", :hfsc, parent: "1:", classid: "1:10",
        sc: [umax: 1500, dmax: "10ms", rate: "1mbit"], ul: [m2: "10mbit"])

  A curve is a keyword list in one of two forms:

    * `m1:` slope of the first segment, `d:` its length, `m2:` slope of the second segment, required;
    * `umax:` largest packet, `dmax:` largest delay of it, `rate:` slope of the second segment, required.

  Slopes are rates, and not both 0. Of the second form the kernel gets slopes, as `tc` computes them: if
  `umax` in `dmax` is more than the rate, that is the first slope, for `dmax`. Otherwise the first slope is 0,
  until the time at which the rate alone sends `umax` in `dmax`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias __MODULE__.Curve

  @curve {:check, &Curve.cast/1,
          "keyword list with `:m1`, `:d`, `:m2`, or `:umax`, `:dmax`, `:rate`"}

  codec prefix: "TCA_HFSC_" do
    attr 1, :rsc, Curve, "real time curve: guarantee of the class"
    attr 2, :fsc, Curve, "link share curve: part of what is left over"
    attr 3, :usc, Curve, "upper limit curve"
  end

  options(
    sc: {@curve, "real time and link share curve", field: {:both, [:rsc, :fsc], []}},
    rt: {@curve, "real time curve: guarantee of the class", field: [:rsc]},
    ls: {@curve, "link share curve: part of what is left over", field: [:fsc]},
    ul: {@curve, "upper limit curve of what is left over", field: [:usc]}
  )
end

defmodule Linx.Netlink.Generic.Ethtool.Pse do
  @moduledoc """
  Power that a link supplies to its peer: Power over Ethernet (C33) and over Data Lines (PoDL).

  Kernel side: `ETHTOOL_A_PSE_*`, `ETHTOOL_A_C33_PSE_*` and `ETHTOOL_A_PODL_PSE_*` of
  `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev
  alias __MODULE__.PwLimit

  # ETHTOOL_PODL_PSE_*, ETHTOOL_C33_PSE_* of include/uapi/linux/ethtool.h.
  @admin [unknown: 1, disabled: 2, enabled: 3]
  @control [disabled: 2, enabled: 3]
  @podl_status [
    unknown: 1,
    disabled: 2,
    searching: 3,
    delivering: 4,
    sleep: 5,
    idle: 6,
    error: 7
  ]
  @c33_status [
    unknown: 1,
    disabled: 2,
    searching: 3,
    delivering: 4,
    test: 5,
    fault: 6,
    otherfault: 7
  ]
  @ext_states [
    error_condition: 1,
    mr_mps_valid: 2,
    mr_pse_enable: 3,
    option_detect_ted: 4,
    option_vport_lim: 5,
    ovld_detected: 6,
    pd_dll_power_type: 7,
    power_not_available: 8,
    short_detected: 9
  ]
  @error_condition [
    error_condition_non_existing_port: 1,
    error_condition_undefined_port: 2,
    error_condition_internal_hw_fault: 3,
    error_condition_comm_error_after_force_on: 4,
    error_condition_unknown_port_status: 5,
    error_condition_host_crash_turn_off: 6,
    error_condition_host_crash_force_shutdown: 7,
    error_condition_config_change: 8,
    error_condition_detected_over_temp: 9
  ]
  @mr_mps_valid [mr_mps_valid_detected_underload: 1, mr_mps_valid_connection_open: 2]
  @mr_pse_enable [mr_pse_enable_disable_pin_active: 1]
  @option_detect_ted [
    option_detect_ted_det_in_process: 1,
    option_detect_ted_connection_check_error: 2
  ]
  @option_vport_lim [
    option_vport_lim_high_voltage: 1,
    option_vport_lim_low_voltage: 2,
    option_vport_lim_voltage_injection: 3
  ]
  @ovld_detected [ovld_detected_overload: 1]
  @power_not_available [
    power_not_available_budget_exceeded: 1,
    power_not_available_port_pw_limit_exceeds_controller_budget: 2,
    power_not_available_pd_request_exceeds_port_limit: 3,
    power_not_available_hw_pw_limit: 4
  ]
  @short_detected [short_detected_short_condition: 1]

  codec prefix: "ETHTOOL_A_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_PSE_HEADER"

    attr 2, :podl_pse_admin_state, {:enum, :u32, @admin}, "PoDL: state that was set",
      values: "ETHTOOL_PODL_PSE_ADMIN_STATE_"

    attr 3, :podl_pse_admin_control, {:enum, :u32, @control}, "PoDL: state to set, request only",
      values: "ETHTOOL_PODL_PSE_ADMIN_STATE_"

    attr 4, :podl_pse_pw_d_status, {:enum, :u32, @podl_status}, "PoDL: state of the supply",
      values: "ETHTOOL_PODL_PSE_PW_D_STATUS_"

    attr 5, :c33_pse_admin_state, {:enum, :u32, @admin}, "C33: state that was set",
      values: "ETHTOOL_C33_PSE_ADMIN_STATE_"

    attr 6, :c33_pse_admin_control, {:enum, :u32, @control}, "C33: state to set, request only",
      values: "ETHTOOL_C33_PSE_ADMIN_STATE_"

    attr 7, :c33_pse_pw_d_status, {:enum, :u32, @c33_status}, "C33: state of the supply",
      values: "ETHTOOL_C33_PSE_PW_D_STATUS_"

    attr 8, :c33_pse_pw_class, :u32, "C33: class of the powered device"
    attr 9, :c33_pse_actual_pw, :u32, "C33: power, mW", volatile: true

    attr 10, :c33_pse_ext_state, {:enum, :u32, @ext_states}, "C33: reason of the state",
      values: "ETHTOOL_C33_PSE_EXT_STATE_"

    attr 11,
         :c33_pse_ext_substate,
         {:dispatch, :c33_pse_ext_state,
          %{
            error_condition: {:enum, :u32, @error_condition},
            mr_mps_valid: {:enum, :u32, @mr_mps_valid},
            mr_pse_enable: {:enum, :u32, @mr_pse_enable},
            option_detect_ted: {:enum, :u32, @option_detect_ted},
            option_vport_lim: {:enum, :u32, @option_vport_lim},
            ovld_detected: {:enum, :u32, @ovld_detected},
            power_not_available: {:enum, :u32, @power_not_available},
            short_detected: {:enum, :u32, @short_detected}
          }},
         "C33: further reason",
         values: "ETHTOOL_C33_PSE_EXT_SUBSTATE_"

    attr 12, :c33_pse_avail_pw_limit, :u32, "C33: limit of the power, mW"

    attr 13,
         :c33_pse_pw_limit_ranges,
         {:repeated, {:nested, PwLimit}},
         "C33: limits that can be set"

    attr 14, :pse_pw_d_id, :u32, "index of the power domain"
    attr 15, :pse_prio_max, :u32, "largest priority"
    attr 16, :pse_prio, :u32, "priority"
  end

  options(
    podl_pse_admin_control:
      {{:enum, @control}, "PoDL: state to set", values: "ETHTOOL_PODL_PSE_ADMIN_STATE_"},
    c33_pse_admin_control:
      {{:enum, @control}, "C33: state to set", values: "ETHTOOL_C33_PSE_ADMIN_STATE_"},
    c33_pse_avail_pw_limit: {0..0xFFFFFFFF, "C33: limit of the power, mW"},
    pse_prio: {0..0xFFFFFFFF, "priority"}
  )
end

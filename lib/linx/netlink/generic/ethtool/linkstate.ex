defmodule Linx.Netlink.Generic.Ethtool.Linkstate do
  @moduledoc """
  State of a link: whether it is up, and the reason if not.

  Kernel side: `ETHTOOL_A_LINKSTATE_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  # ETHTOOL_LINK_EXT_STATE_* and ETHTOOL_LINK_EXT_SUBSTATE_* of include/uapi/linux/ethtool.h.
  @ext_states [
    autoneg: 0,
    link_training_failure: 1,
    link_logical_mismatch: 2,
    bad_signal_integrity: 3,
    no_cable: 4,
    cable_issue: 5,
    eeprom_issue: 6,
    calibration_failure: 7,
    power_budget_exceeded: 8,
    overheat: 9,
    module: 10,
    otp_speed_violation: 11,
    bmc_request_down: 12
  ]

  @autoneg [
    an_no_partner_detected: 1,
    an_ack_not_received: 2,
    an_next_page_exchange_failed: 3,
    an_no_partner_detected_force_mode: 4,
    an_fec_mismatch_during_override: 5,
    an_no_hcd: 6
  ]
  @training [
    lt_kr_frame_lock_not_acquired: 1,
    lt_kr_link_inhibit_timeout: 2,
    lt_kr_link_partner_did_not_set_receiver_ready: 3,
    lt_remote_fault: 4
  ]
  @mismatch [
    llm_pcs_did_not_acquire_block_lock: 1,
    llm_pcs_did_not_acquire_am_lock: 2,
    llm_pcs_did_not_get_align_status: 3,
    llm_fc_fec_is_not_locked: 4,
    llm_rs_fec_is_not_locked: 5
  ]
  @signal [
    bsi_large_number_of_physical_errors: 1,
    bsi_unsupported_rate: 2,
    bsi_serdes_reference_clock_lost: 3,
    bsi_serdes_alos: 4
  ]
  @cable [ci_unsupported_cable: 1, ci_cable_test_failure: 2]

  codec prefix: "ETHTOOL_A_LINKSTATE_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_LINKSTATE_HEADER"
    attr 2, :link, {:bool, :u8}, "the link is up"
    attr 3, :sqi, :u32, "signal quality index"
    attr 4, :sqi_max, :u32, "largest signal quality index"

    attr 5, :ext_state, {:enum, :u8, @ext_states}, "reason of a link that is down",
      values: "ETHTOOL_LINK_EXT_STATE_"

    attr 6,
         :ext_substate,
         {:dispatch, :ext_state,
          %{
            autoneg: {:enum, :u8, @autoneg},
            link_training_failure: {:enum, :u8, @training},
            link_logical_mismatch: {:enum, :u8, @mismatch},
            bad_signal_integrity: {:enum, :u8, @signal},
            cable_issue: {:enum, :u8, @cable},
            module: {:enum, :u8, [module_cmis_not_ready: 1]}
          }},
         "further reason",
         values: "ETHTOOL_LINK_EXT_SUBSTATE_"

    attr 7, :ext_down_cnt, :u32, "how often the link went down", volatile: true
  end
end

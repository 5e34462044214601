defmodule Linx.Netlink.Options.Names do
  @moduledoc false
  # Names of all options, to suggest one for a misspelt one.

  # Options of requests, of processes and of selections, whose tables no function returns.
  @others ~w(
    timeout dump_retries echo skip protocol name debug spawn_opt hibernate_after netns groups optional_groups owner
    filter tag snapshot rcvbuf force_rcvbuf force backoff ops ifindex family group copy threshold
    flush buffer with genid kinds resources table link kind master bridge port state stats vf af_spec cached
    target_netnsid zero mark zone chain proxy from to via dev vid priority interval wake takeover
    connection retry desired index dry_run on_error on_pass debounce last_applied pvid untagged
    fib_match l3_stats realms metric metrics nexthops encap fwmark iif sport dport uid_range nh_id
    peer info_data gateway match wait bssid bssid_hint frequency frequency_hint elements
    ssids frequencies passive flags duration width monitor_flags four_addr freq_fixed wiphy basic_rates mcast_rate
    module prefix indexed
  )a

  @doc """
  All names: those of the option tables of the library's modules, and the others.
  """
  @spec all() :: [atom()]
  def all do
    modules =
      case :application.get_key(:linx, :modules) do
        {:ok, modules} -> modules
        :undefined -> []
      end

    tables =
      for module <- modules,
          Code.ensure_loaded?(module) and function_exported?(module, :__options__, 0),
          {name, _row} <- module.__options__(),
          do: name

    Enum.uniq(@others ++ tables)
  end
end

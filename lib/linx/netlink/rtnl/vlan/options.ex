defmodule Linx.Netlink.Rtnl.Vlan.Options do
  @moduledoc false
  # Options of the verbs of VLANs: checked, then made an entry. Pure.

  import Bitwise, only: [|||: 2]

  alias Linx.Netlink.Options
  alias Linx.Netlink.Rtnl.Vlan.{Entry, Info, TunnelInfo}

  # RTM_DELLINK and RTM_SETLINK: what `TunnelInfo` has for `cmd`.
  @rtm_dellink 17
  @rtm_setlink 19

  # BRIDGE_VLAN_INFO_*.
  @flags [pvid: 0x2, untagged: 0x4]

  @doc """
  The flags of the options `:pvid` and `:untagged`, and the other options.
  """
  @spec flags(keyword()) :: {:ok, 0..6, keyword()} | {:error, Options.reason()}
  def flags(opts) do
    {flags, opts} = Keyword.split(opts, Keyword.keys(@flags))

    with {:ok, flags} <- Options.cast([pvid: :boolean, untagged: :boolean], flags) do
      {:ok, for({name, true} <- flags, reduce: 0, do: (bits -> bits ||| @flags[name])), opts}
    end
  end

  @doc """
  The entry of one VLAN or of a range of them.
  """
  @spec entry(term(), non_neg_integer(), keyword()) :: {:ok, Entry.t()} | {:error, term()}
  def entry(vids, flags, opts) do
    {removal, opts} = Enum.split_with(opts, &(&1 == {:tunnel_id, nil}))

    with {:ok, first, range} <- range(vids),
         {:ok, fields} <- Options.parse(Entry.__options__(), opts, :set),
         :ok <- tunnels(fields, first, range) do
      tunnel = if removal != [], do: %TunnelInfo{cmd: @rtm_dellink}
      entry = %Entry{info: %Info{flags: flags, vid: first}, range: range, tunnel_info: tunnel}
      {:ok, Enum.reduce(fields, entry, &put/2)}
    end
  end

  # The VLANs of a range have consecutive tunnel identifiers, of 24 bits.
  defp tunnels(fields, first, range) do
    case List.keyfind(fields, [:tunnel_id], 0) do
      {_, id} when range != nil and id + range - first > 0xFFFFFF ->
        {:error, {:bad_option, :tunnel_id, id}}

      _ ->
        :ok
    end
  end

  defp put({[:tunnel_id], id}, entry),
    do: %{entry | tunnel_info: %TunnelInfo{id: id, cmd: @rtm_setlink}}

  defp put({[field], value}, entry), do: Map.replace!(entry, field, value)

  @doc """
  First and last of the VLANs of an argument; the last is `nil` for one.
  """
  @spec range(term()) :: {:ok, 1..4094, 1..4094 | nil} | {:error, {:bad_option, :vids, term()}}
  def range(vid) when vid in 1..4094, do: {:ok, vid, nil}

  def range({first, last}) when first in 1..4094 and last in 1..4094 and first < last,
    do: {:ok, first, last}

  def range({vid, vid}) when vid in 1..4094, do: {:ok, vid, nil}

  def range(%Range{first: first, last: last, step: 1} = range) do
    with {:error, _} <- range({first, last}), do: {:error, {:bad_option, :vids, range}}
  end

  def range(other), do: {:error, {:bad_option, :vids, other}}
end

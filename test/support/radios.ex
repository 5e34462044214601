defmodule Linx.Test.Radios do
  @moduledoc false
  # Simulated radios of the kernel's driver mac80211_hwsim, which hear one another: the family
  # MAC80211_HWSIM, declared as a program declares one, and the functions of tests that use them.
  #
  # Kernel side: drivers/net/wireless/virtual/mac80211_hwsim.h.

  import ExUnit.Callbacks, only: [on_exit: 1]
  import Linx.Test.{Netns, Wait}

  alias Linx.Netlink.{Generic, Socket}

  defmodule Radio do
    use Linx.Netlink.Codec

    # HWSIM_ATTR_*; the header is not one for programs.
    codec do
      header Linx.Netlink.Generic.Header
      attr 9, :channels, :u32, "channels at once", c: nil
      attr 10, :radio_id, :u32, "number", c: nil
      attr 14, :support_p2p_device, :flag, "P2P devices", c: nil
      attr 12, :reg_custom_reg, :u32, "a domain of the driver", c: nil
      attr 17, :radio_name, :binary, "name of the wiphy", c: nil
      attr 18, :no_vif, :flag, "no interface is made", c: nil
    end
  end

  defmodule Hwsim do
    use Linx.Netlink.Generic.Family, name: "MAC80211_HWSIM", version: 1

    command(:new_radio, 4, Radio)
    command(:del_radio, 5, Radio)
    command(:get_radio, 6, Radio, dump: true)
  end

  @doc """
  Makes radios with these names in the namespace of the context, without interfaces; they end with the
  test. Two radios made in one namespace hear one another wherever they are moved to.
  """
  def radios!(%{path: path}, names, opts \\ []) do
    {:ok, sock} = Generic.open({:path, path})

    for name <- names do
      radio = struct!(Radio, [radio_name: name, no_vif: true] ++ opts)
      _ = Generic.run(sock, Hwsim, :new_radio, radio)
    end

    {:ok, all} = Generic.dump(sock, Hwsim, :get_radio)
    made = for radio <- all, name(radio) in names, do: radio.radio_id
    true = length(made) == length(names)
    :ok = Socket.close(sock)

    on_exit(fn -> delete!(path, made) end)
  end

  defp name(radio), do: String.trim_trailing(radio.radio_name, <<0>>)

  # The radio of a namespace that is gone has moved to the initial one.
  defp delete!(path, ids) do
    for netns <- [{:path, path}, :host], {:ok, sock} <- [Generic.open(netns)] do
      for id <- ids, do: Generic.run(sock, Hwsim, :del_radio, %Radio{radio_id: id})
      Socket.close(sock)
    end
  end

  @doc "Moves a radio to another namespace."
  def move!(ns, name, to), do: exec!(ns, "iw", ["phy", name, "set", "netns", "name", to])

  @doc "What `iw` prints in a namespace."
  def iw!(ns, args), do: exec!(ns, "iw", args)

  @doc "The value of a field that `iw` prints as `name: value` or `name value`; `nil` without one."
  def field(text, name) do
    case Regex.run(~r/^\s*#{Regex.escape(name)}(?::[ \t]*|[ \t]+)(.*?)\s*$/m, text) do
      [_, value] -> value
      nil -> nil
    end
  end

  @doc "Waits until `iw` prints what the pattern matches."
  def eventually_iw(ns, args, pattern) do
    eventually(fn ->
      text = iw!(ns, args)
      text =~ pattern && text
    end)
  end

  @doc """
  Starts an access point with hostapd on a link; it ends with the test. `settings` are those of its
  configuration file besides the interface and the driver.
  """
  def access_point!(ns, link, settings) do
    base = Path.join(System.tmp_dir!(), "linx-hostapd-#{System.unique_integer([:positive])}")
    File.write!(base <> ".conf", "interface=#{link}\ndriver=nl80211\nhw_mode=g\n" <> settings)
    exec!(ns, "hostapd", ["-B", "-P", base <> ".pid", "-f", base <> ".log", base <> ".conf"])

    on_exit(fn ->
      System.cmd("kill", [String.trim(File.read!(base <> ".pid"))])
      for end_ <- [".conf", ".log"], do: File.rm(base <> end_)
    end)
  end

  @doc "The blocks of `iw dev LINK scan dump`, by the MAC address of the network."
  def iw_scan(ns, link) do
    for block <- String.split(iw!(ns, "dev #{link} scan dump"), ~r/^BSS /m, trim: true),
        into: %{} do
      {String.slice(block, 0, 17), block}
    end
  end
end

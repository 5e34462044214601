defmodule Linx.Namespace.Generic.Nl80211.GuideTest do
  # The code of docs/guides/wifi.md runs, with an access point in reach.
  use Linx.Test.NamespaceCase

  import Linx.Test.Radios

  alias Linx.Netlink.Generic
  alias Linx.Netlink.Generic.Nl80211
  alias Linx.Test.Document

  @moduletag :vm

  test "the guide's code runs", %{ns: ns, path: path} = context do
    other = netns!()
    radios!(context, ["ra", "rb"])
    move!(ns, "rb", other)
    {:ok, sock} = Generic.open({:path, path(other)})
    :ok = Nl80211.create_interface(sock, "rb", "wb", :ap)
    access_point!(other, "wb", "ssid=guests\nchannel=6\n")
    eventually_iw(other, "dev wb info", ~r/channel 6/)

    blocks = "docs/guides/wifi.md" |> File.read!() |> Document.blocks("elixir")
    assert length(blocks) >= 7
    {bindings, _env} = Document.run(blocks, "docs/guides/wifi.md", netns: {:path, path})

    assert {"guests", signal, 6} = hd(bindings[:open])
    assert signal == bindings[:best].signal and round(signal) == bindings[:signal]
    assert 2437 in bindings[:channels] and bindings[:reason] == 3
    assert field(iw!(ns, "dev wlan7 info"), "ifindex") == "#{bindings[:wlan].ifindex}"
    assert iw!(ns, "dev wlan7 link") =~ "Not connected"
  end
end

defmodule Linx.Namespace.Support.NetnsTest do
  use Linx.Test.NamespaceCase, async: true

  test "a new namespace has the loopback link and nothing else", %{ns: ns} do
    assert [%{"ifname" => "lo", "ifindex" => 1, "operstate" => "DOWN"}] =
             ip_json(ns, "-details link show")

    assert ip_json(ns, "route show") == []
  end

  test "a link of one namespace is not in another", %{ns: ns} do
    ip!(ns, "link add left type veth peer name right")

    assert ["left", "lo", "right"] =
             ns |> ip_json("link show") |> Enum.map(& &1["ifname"]) |> Enum.sort()

    assert [%{"ifname" => "lo"}] = ip_json(netns!(), "link show")
    assert exec!(ns, "cat", "/proc/net/dev") =~ "left:"
  end

  @tag :vm
  test "a kernel for tests tagged :vm has drivers for dummy, bond and vrf links", %{ns: ns} do
    for {kind, options} <- [{"dummy", ""}, {"bond", ""}, {"vrf", "table 10"}] do
      ip!(ns, "link add x type #{kind} #{options}")
      assert [%{"linkinfo" => %{"info_kind" => ^kind}}] = ip_json(ns, "-details link show dev x")
      ip!(ns, "link delete x")
    end
  end

  test "a failing command raises an error with the message of ip", %{ns: ns} do
    assert_raise RuntimeError, ~r/Cannot find device/, fn -> ip!(ns, "link set absent0 up") end
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.GreTest do
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.Netlink.Rtnl.LinkInfo.Gre

  test "a multicast tunnel has its group as key by default, in every form of the address" do
    # 239.1.2.3
    group = 0xEF010203

    for remote <- ["239.1.2.3", {239, 1, 2, 3}, IP.parse!("239.1.2.3")] do
      assert Gre.__defaults__("gre", %{remote: remote}) == [ikey: group, okey: group]
      assert Gre.__defaults__("gre", %{remote: remote, key: 7}) == []
    end

    for remote <- ["192.0.2.1", {192, 0, 2, 1}, "ff02::1", "nonsense", nil],
        do: assert(Gre.__defaults__("gre", %{remote: remote}) == [])
  end
end

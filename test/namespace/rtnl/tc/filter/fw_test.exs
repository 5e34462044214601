defmodule Linx.Namespace.Rtnl.Tc.Filter.FwTest do
  # Filters of the kinds fw and route. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.Filter

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ["v0", "v1"], do: tc!(ns, "qdisc add dev #{link} clsact")
    %{sock: sock}
  end

  test "filters by the mark are those of tc", %{sock: sock, ns: ns} do
    [first | _] =
      same_filters(sock, ns, :fw, "egress", [
        {[parent: :egress, handle: 6, classid: "1:10"], "handle 6 : classid 1:10"},
        {[parent: :egress, handle: 0xFFFFFFFF, mask: 0xFF, indev: "v1", classid: "1:1"],
         "handle 0xffffffff/0xff : indev v1 classid 1:1"},
        {[parent: :egress, handle: 1, actions: [gact: [action: :drop]]], "handle 1 : action drop"}
      ])

    assert %Filter.Fw{classid: 0x10010, mask: nil} = first

    # The kernel fails to list a filter without options.
    assert :ok = Filter.add(sock, "v0", :fw, parent: :egress, protocol: :ip, prio: 3)
    assert :ok = Filter.delete(sock, "v0", parent: :egress, prio: 3, kind: :fw)
    assert tc_filters(ns, "v0", "egress") == [""]
  end

  test "filters by realms are those of tc", %{sock: sock, ns: ns} do
    place = [parent: :egress, protocol: :ip]

    [first | _] =
      same_filters(sock, ns, :route, "egress", [
        {[to: 10, classid: "1:10"] ++ place, "protocol ip : to 10 classid 1:10"},
        {[to: 255, from: 0, classid: "1:1"] ++ place, "protocol ip : to 255 from 0 classid 1:1"},
        {[from: 7, actions: [gact: [action: :pass]]] ++ place,
         "protocol ip : from 7 action pass"},
        {[fromif: "v1", classid: "1:1"] ++ place, "protocol ip : fromif v1 classid 1:1"}
      ])

    assert %Filter.Route{to: 10, from: nil, classid: 0x10010} = first
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for {kind, opts, error} <- [
          {:fw, [classid: "1:1"], {:missing_option, :handle}},
          {:fw, [actions: [gact: [action: :drop]]], {:missing_option, :handle}},
          {:fw, [handle: 1, mask: -1], {:bad_option, :mask, -1}},
          {:route, [to: 256], {:bad_option, :to, 256}},
          {:route, [from: 1, fromif: "v1"], {:bad_option, :from, 1}},
          {:route, [iif: 1], {:unknown_option, :iif}}
        ],
        do: assert(Filter.add(sock, "v0", kind, [parent: :egress] ++ opts) == {:error, error})
  end
end

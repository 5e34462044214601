defmodule Linx.Namespace.Rtnl.Tc.Action.TrackTest do
  # Actions with connection tracking. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.TcAction

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.Action
  alias Linx.Netlink.Rtnl.Tc.Action.Ct

  @moduletag :vm

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  @label <<0xAB, 0::120>>
  @ct [
    {[], ""},
    {[clear: true], "clear"},
    {[zone: 65_535], "zone 65535"},
    {[zone: 4, nat: true], "nat zone 4"},
    {[commit: true, force: true, zone: 1, control: :pass], "commit force zone 1 pass"},
    {[commit: true, mark: 0xFFFFFFFF], "commit mark 0xffffffff"},
    {[commit: true, mark: {0x10, 0xF0}], "commit mark 0x10/0xf0"},
    {[commit: true, label: @label], "commit label ab000000000000000000000000000000"},
    {[commit: true, label: {@label, @label}],
     "commit label ab000000000000000000000000000000/ab000000000000000000000000000000"},
    {[commit: true, nat: {:src, "192.0.2.1"}], "commit nat src addr 192.0.2.1"},
    {[commit: true, nat: {:dst, {"192.0.2.1", "192.0.2.9"}, 1024..65_535}],
     "commit nat dst addr 192.0.2.1-192.0.2.9 port 1024-65535"},
    {[commit: true, nat: {:src, {"2001:db8::1", "2001:db8::2"}, 80}],
     "commit nat src addr 2001:db8::1-2001:db8::2 port 80"}
  ]

  test "actions of the kind ct are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- @ct do
      assert %Ct{} = same!(sock, ns, :ct, opts, words)
      :ok = Action.flush(sock, :ct)
    end
  end

  # tc before iproute2 6.3 has no helper.
  test "a helper", %{sock: sock} do
    helper = {"ftp", :inet, 6}
    assert :ok = Action.add(sock, :ct, commit: true, helper: helper, index: 1)
    assert {:ok, %{options: ct}} = Action.get(sock, :ct, 1)
    assert {ct.helper_name, ct.helper_family, ct.helper_proto} == {"ftp", 2, 6}
  end

  test "actions of the kind connmark are those of tc", %{sock: sock, ns: ns} do
    same!(sock, ns, :connmark, [], "")
    assert %{parms: %{zone: 65_535}} = same!(sock, ns, :connmark, [zone: 65_535], "zone 65535")
    same!(sock, ns, :connmark, [zone: 1, control: :drop], "zone 1 drop")
  end

  test "actions of the kind ctinfo are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- [
          {[dscp: 0x3F], "dscp 0x3f"},
          {[dscp: {0xFC000000, 0x01000000}], "dscp 0xfc000000 0x01000000"},
          {[cpmark: 0xFFFFFFFF], "cpmark 0xffffffff"},
          {[cpmark: 0xFF, zone: 65_535, dscp: 0xFC00], "dscp 0xfc00 cpmark 0xff zone 65535"},
          {[cpmark: 1, control: :pass], "cpmark 1 pass"}
        ] do
      same!(sock, ns, :ctinfo, opts, words)
      :ok = Action.flush(sock, :ctinfo)
    end
  end
end

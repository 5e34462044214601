defmodule Linx.Namespace.Rtnl.Tc.Action.TunnelKeyTest do
  # Tunnel headers of packets. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.TcAction

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.Action
  alias Linx.Netlink.Rtnl.Tc.Action.TunnelKey
  alias Linx.Netlink.Rtnl.Tc.Action.TunnelKey.Opts

  @moduletag :vm

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  @ends [set: true, src_ip: "10.0.0.1", dst_ip: "10.0.0.2", id: 7]
  @words "set src_ip 10.0.0.1 dst_ip 10.0.0.2 id 7"
  @six [set: true, src_ip: "2001:db8::1", dst_ip: "2001:db8::2", id: 0xFFFFFFFF]
  @six_words "set src_ip 2001:db8::1 dst_ip 2001:db8::2 id 4294967295"

  @keys [
    {[unset: true], "unset"},
    {[unset: true, control: :pass], "unset pass"},
    {@ends, @words},
    {@ends ++ [dst_port: 4789, tos: 255, ttl: 64], @words <> " dst_port 4789 tos 255 ttl 64"},
    {@ends ++ [csum: false], @words <> " nocsum"},
    {@ends ++ [csum: true, dst_port: 65_535], @words <> " csum dst_port 65535"},
    {@six, @six_words},
    {@six ++ [vxlan_opts: 0xFFFFFFFF], @six_words <> " vxlan_opts 4294967295"},
    {@ends ++ [erspan_opts: {1, 0xFFFFF}], @words <> " erspan_opts 1:1048575:0:0"},
    {@ends ++ [erspan_opts: {2, 1, 63}], @words <> " erspan_opts 2:0:1:63"}
  ]

  test "actions of the kind tunnel_key are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- @keys do
      assert %TunnelKey{} = same!(sock, ns, :tunnel_key, opts, words)
      :ok = Action.flush(sock, :tunnel_key)
    end
  end

  test "options of GENEVE are those of tc", %{sock: sock, ns: ns} do
    long = :binary.copy(<<0xAB>>, 124)

    for {options, words} <- [
          {[{0x0102, 0x80, <<0, 0x88, 0, 0x22>>}], "0102:80:00880022"},
          {[{1, 2, <<1, 2, 3, 4>>}, {0xFFFF, 0xFF, long}],
           "0001:02:01020304,ffff:ff:#{String.duplicate("ab", 124)}"}
        ] do
      opts = @ends ++ [geneve_opts: options]
      read = same!(sock, ns, :tunnel_key, opts, @words <> " geneve_opts " <> words)

      assert Opts.geneve_options(read.enc_opts) == options

      :ok = Action.flush(sock, :tunnel_key)
    end
  end

  # tc before iproute2 6.6 has no such word.
  test "no fragments", %{sock: sock} do
    assert :ok = Action.add(sock, :tunnel_key, @ends ++ [nofrag: true, index: 1])
    assert {:ok, %{options: %TunnelKey{no_frag: true}}} = Action.get(sock, :tunnel_key, 1)
  end
end

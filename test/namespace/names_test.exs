defmodule Linx.Namespace.NamesTest do
  # Link names that the kernel accepts and that must not reach a terminal unescaped.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Socket}
  alias Linx.Netlink.Rtnl.{Link, Rule}

  setup %{path: path} do
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  for {name, shown} <- [
        {"a\"MTU=1", ~S|"a\"MTU=1"|},
        {"a>(7)UP", ~S|"a>(7)UP"|},
        {"\e[31mred", ~S|"\e[31mred"|},
        {<<"a", 0xFF, 0x80>>, ~S|"a\xFF\x80"|},
        {"a\u202Eb", ~S|"a\u{202E}b"|},
        {"\x01\x7F\u009B", ~S|"\u{1}\d\u{9B}"|}
      ] do
    test "a link named #{shown} is created, shown escaped and deleted", %{sock: sock} do
      name = unquote(name)
      assert :ok = Link.create_veth(sock, name, "peer")
      assert {:ok, %Link{name: ^name} = link} = Link.get(sock, name)
      assert "#Linx.Netlink.Rtnl.Link<" <> unquote(shown) <> rest = inspect(link)
      assert rest == " (#{link.index}) DOWN MTU=1500 kind=veth>"

      assert Rule.add(sock, iif: name, table: 7) == :ok
      {:ok, rules} = Rule.list(sock)
      assert rule = Enum.find(rules, &(&1.iifname == name))
      assert inspect(rule) =~ " iif=" <> unquote(shown) <> ">"

      assert Link.delete(sock, name) == :ok
      assert {:error, %Error{errno: :enodev} = error} = Link.get(sock, name)

      assert Exception.message(error) ==
               "netlink ENODEV (19): no such interface " <> unquote(shown)

      assert {:error, %Error{} = error} = Link.create_vlan(sock, "v", name, 7)

      assert Exception.message(error) ==
               "netlink ENODEV (19): no such parent interface " <> unquote(shown)
    end
  end
end

defmodule Linx.Namespace.Rtnl.AddressLabelTest do
  # Labels of addresses, judged by `ip -json addrlabel`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP
  alias Linx.Netlink.{Batch, Error, Rtnl}
  alias Linx.Netlink.Rtnl.{AddressLabel, View}

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v type veth peer name w")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  defp theirs(ns) do
    Enum.sort(
      for label <- ip_json(ns, "addrlabel list") do
        {label["address"], label["prefixlen"], label["ifname"], label["label"]}
      end
    )
  end

  defp ours(labels, ns) do
    names = Map.new(ip_json(ns, "link show"), &{&1["ifindex"], &1["ifname"]})

    Enum.sort(
      for %AddressLabel{} = label <- labels do
        {IP.to_string(label.address), label.prefixlen, names[label.index], label.label}
      end
    )
  end

  test "a list agrees with ip after labels are added and deleted", %{ns: ns, sock: sock} do
    {:ok, defaults} = AddressLabel.list(sock)
    assert length(defaults) > 4
    assert ours(defaults, ns) == theirs(ns)

    assert :ok = AddressLabel.add(sock, "2001:db8::/32", 99)
    assert :ok = AddressLabel.add(sock, "2001:db8:1::/48", 100, dev: "v")
    {:ok, labels} = AddressLabel.list(sock)
    assert ours(labels, ns) == theirs(ns)
    assert {"2001:db8:1::", 48, "v", 100} in theirs(ns)

    assert {:error, %Error{errno: :eexist}} = AddressLabel.add(sock, "2001:db8::/32", 1)
    assert :ok = AddressLabel.delete(sock, "2001:db8:1::/48", dev: "v")
    assert :ok = AddressLabel.delete(sock, "2001:db8::/32")
    assert {:error, %Error{errno: :esrch}} = AddressLabel.delete(sock, "2001:db8::/32")
    assert ours(defaults, ns) == theirs(ns)
  end

  test "prefixes are accepted as values of Linx.IP, and in a batch", %{ns: ns, sock: sock} do
    {:ok, ip} = IP.parse("2001:db8::7")
    {:ok, subnet} = Linx.IP.Subnet.parse("2001:db8:2::/48")

    {:ok, [:ok, :ok]} =
      Batch.run(sock, fn batch ->
        [AddressLabel.add(batch, ip, 7), AddressLabel.add(batch, subnet, 8)]
      end)

    assert {"2001:db8::7", 128, nil, 7} in theirs(ns)
    assert {"2001:db8:2::", 48, nil, 8} in theirs(ns)
  end

  test "wrong arguments are refused, an unknown link with :enodev", %{sock: sock} do
    for prefix <- ["10.0.0.0/8", "nonsense", "2001:db8::", 7] do
      assert AddressLabel.add(sock, prefix, 1) == {:error, {:bad_option, :prefix, prefix}}
    end

    assert AddressLabel.add(sock, "fd00::/8", -1) == {:error, {:bad_option, :label, -1}}
    assert AddressLabel.delete(sock, "fd00::/8", nope: 1) == {:error, {:unknown_option, :nope}}
    assert {:error, %Error{errno: :enodev}} = AddressLabel.add(sock, "fd00::/8", 1, dev: "nope")
  end

  test "a view has an added label after it has listed again", %{ns: ns, path: path, sock: sock} do
    {:ok, view} = View.start_link(netns: {:path, path}, resources: [:address_labels])
    assert ours(View.address_labels(view), ns) == theirs(ns)
    {:ok, ref} = View.subscribe(view)
    :ok = AddressLabel.add(sock, "2001:db8::/32", 99)
    :ok = View.refresh(view)
    assert ours(View.address_labels(view), ns) == theirs(ns)
    # The kernel's `ifal_seq` changes in all labels; a view does not report
    # this as a change of the other labels.
    assert_receive {:linx_view, ^ref, {_version, [create: %AddressLabel{label: 99}]}}
  end
end

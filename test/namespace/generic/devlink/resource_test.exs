defmodule Linx.Namespace.Generic.Devlink.ResourceTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Netdevsim

  alias Linx.Netlink.Error
  alias Linx.Netlink.Generic.Devlink.{Region, Resource}

  @moduletag :vm

  setup :with_device

  test "resources are those that devlink shows, and are set", %{ns: ns, sock: sock, dev: dev} do
    theirs = fn -> shown(ns, "resource show #{dev}")[dev] end

    {{:ok, resources}, theirs_first} = unchanged(theirs, fn -> Resource.list(sock, dev) end)
    assert Enum.map(resources, &resource/1) == theirs_first

    %{list: parts} = Enum.find(resources, &(&1.name == "IPv4"))
    %{id: id} = Enum.find(parts, &(&1.name == "fib"))
    assert Resource.set(sock, dev, id, size: 100) == :ok
    %{"resources" => parts} = Enum.find(theirs.(), &(&1["name"] == "IPv4"))
    assert %{"size_new" => 100} = Enum.find(parts, &(&1["name"] == "fib"))

    {:ok, resources} = Resource.list(sock, dev)
    # Once a size was set, devlink prints whether those of the parts fit.
    assert %{"size_valid" => "true"} = Enum.find(theirs.(), &(&1["name"] == "IPv4"))
    assert %{size_valid: true} = Enum.find(resources, &(&1.name == "IPv4"))
    assert Enum.map(resources, &resource/1) == Enum.map(theirs.(), &Map.delete(&1, "size_valid"))
    assert {:error, %Error{}} = Resource.set(sock, dev, 777, size: 1)
  end

  defp resource(resource) do
    new = if resource.size_new, do: %{"size_new" => amount(resource.size_new)}, else: %{}
    occ = if resource.occ, do: %{"occ" => resource.occ}, else: %{}

    parts =
      if resource.list, do: %{"resources" => Enum.map(resource.list, &resource/1)}, else: %{}

    %{
      "name" => resource.name,
      "size" => amount(resource.size),
      "unit" => to_string(resource.unit),
      "size_min" => resource.size_min,
      "size_max" => amount(resource.size_max),
      "size_gran" => resource.size_gran,
      "dpipe_tables" => "none"
    }
    |> Map.merge(new)
    |> Map.merge(occ)
    |> Map.merge(parts)
  end

  defp amount(0xFFFFFFFFFFFFFFFF), do: "unlimited"
  defp amount(number), do: number

  test "snapshots of regions are taken, read and deleted", %{ns: ns, sock: sock, dev: dev} do
    theirs = fn -> shown(ns, "region show")["#{dev}/dummy"] end

    ours = fn ->
      {:ok, [region]} = Region.list(sock)

      %{
        "size" => region.size,
        "snapshot" => Enum.map(region.snapshots || [], & &1.id),
        "max" => region.max_snapshots
      }
    end

    assert ours.() == theirs.()
    assert Region.snapshot(sock, dev, "dummy", snapshot_id: 7) == {:ok, 7}
    assert {:ok, id} = Region.snapshot(sock, dev, "dummy")
    assert Enum.sort(theirs.()["snapshot"]) == Enum.sort([7, id])
    assert ours.() == theirs.()
    assert {:ok, %{name: "dummy", size: 32_768}} = Region.get(sock, dev, "dummy")

    assert {:ok, bytes} = Region.read(sock, dev, "dummy", snapshot_id: 7)
    assert byte_size(bytes) == 32_768

    read = "region read #{dev}/dummy snapshot 7 address 16 length 64"
    %{"data" => part} = shown(ns, read)
    assert :binary.bin_to_list(binary_part(bytes, 16, 64)) == part

    assert Region.read(sock, dev, "dummy", snapshot_id: 7, address: 16, length: 64) ==
             {:ok, :binary.list_to_bin(part)}

    assert {:error, %Error{}} = Region.read(sock, dev, "dummy", direct: true)
    assert Region.delete_snapshot(sock, dev, "dummy", 7) == :ok
    assert theirs.()["snapshot"] == [id]
    assert {:error, %Error{}} = Region.read(sock, dev, "dummy", snapshot_id: 7)
  end
end

defmodule Linx.Netlink.ResourceTest do
  # The descriptors of rtnetlink, and the functions that read any of them.
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Message, Resource, Rtnl}
  alias Linx.Netlink.Resource.Desired
  alias Linx.Netlink.Rtnl.{Fdb, Link, Neighbour, Nexthop, Route}
  alias Linx.Netlink.Rtnl.Monitor.Event
  alias Linx.Test.Headers

  doctest Desired
  doctest Rtnl

  @resources Rtnl.resources()

  test "names and message types are unique to a resource" do
    for field <- [:module, :name, :plural] do
      values = Enum.map(@resources, &Map.fetch!(&1, field))
      assert values -- Enum.uniq(values) == []
    end

    types =
      for %{messages: messages, family: family} <- @resources,
          {_op, type} <- messages,
          do: {type, family}

    assert types -- Enum.uniq(types) == []
  end

  test "the types of new, del and get are consecutive, as in the header" do
    for %{messages: %{new: new} = messages} <- @resources do
      assert Map.get(messages, :del, new + 1) == new + 1
      assert messages.get == new + 2
    end
  end

  test "the names of operations are those of the kernel's messages" do
    constants =
      for %{messages: messages, ops: ops, family: nil} <- @resources, {op, type} <- messages do
        name = String.replace("#{ops.new}", "new_", "#{op}")
        {"RTM_" <> String.upcase(String.replace(name, "_", "")), type}
      end

    %{values: values} = Headers.read(["linux/rtnetlink.h"], Enum.map(constants, &elem(&1, 0)), [])

    assert values == Map.new(constants)
  end

  test "every function of a descriptor takes an object" do
    for %{module: module} = resource <- @resources do
      object = module.decode(module.encode(struct!(module)))
      _ = Resource.key(resource, object)
      assert is_boolean(Resource.tracked?(resource, object))
      assert is_list(Resource.names(resource, object))
      assert is_list(Resource.link_indices(resource, object))
      for op <- [:new, :del], do: assert(is_boolean(Resource.whole?(resource, op, object)))
    end
  end

  test "resources that can be reconciled have an owner and the callbacks" do
    for %{desired: desired} = resource when desired != nil <- @resources do
      assert resource.owner in [:protocol, :applied]
      assert Resource.exports?(resource, :cast, 2)

      assert Resource.exports?(resource, :equivalent?, 2) or
               Resource.exports?(resource, :steps, 3)

      assert resource.identity != nil or Resource.exports?(resource, :execute, 3)
    end
  end

  test "dependents are resources, and their fields exist" do
    for %{dependents: dependents} <- @resources, {plural, field} <- dependents do
      %{module: module} = Rtnl.resource!(plural)
      assert is_map_key(struct!(module), field)
    end
  end

  test "the type of a message and its family determine the resource" do
    assert {%{module: Nexthop}, :new} = Resource.of_message(@resources, 104, <<2>>)
    assert {%{module: Nexthop}, :del} = Resource.of_message(@resources, 105, <<>>)
    assert Resource.of_message(@resources, 106, <<2>>) == nil
    assert {%{module: Neighbour}, :new} = Resource.of_message(@resources, 28, <<2>>)
    assert {%{module: Neighbour}, :new} = Resource.of_message(@resources, 28, <<>>)
    assert {%{module: Fdb}, :new} = Resource.of_message(@resources, 28, <<7>>)
    assert %Event{op: {:unknown, 106}} = Event.decode(%Message{type: 106})
  end

  test "the key of one field is its value, of several fields a tuple, of a function its result" do
    assert Resource.key(Rtnl.resource!(:links), %Link{index: 7}) == 7

    assert Resource.key(%{Rtnl.resource!(:links) | key: [:index, :mtu]}, %Link{index: 7, mtu: 9}) ==
             {7, 9}

    assert {254, 2, 0, nil, 0, 0, _} = Resource.key(Rtnl.resource!(:routes), route())
  end

  test "a route belongs to the links of its paths" do
    resource = Rtnl.resource!(:routes)
    paths = [%Route.Path{ifindex: 3}, %Route.Path{ifindex: 4}]
    assert Resource.link_indices(resource, %{route() | multipath: paths}) == [3, 4]
    assert Resource.link_indices(resource, %{route() | oif: 5}) == [5]
    assert Resource.link_indices(resource, route()) == []
  end

  defp route, do: %Route{family: 2, table: 254, dst_len: 0}

  test "an unknown resource is a KeyError" do
    assert_raise KeyError, fn -> Rtnl.resource!(:nope) end
  end

  test "an unknown key of a descriptor does not compile" do
    code = """
    defmodule Linx.Netlink.ResourceTest.Wrong do
      use Linx.Netlink.Resource, name: :a, plural: :as, messages: [new: 1], nope: 1
    end
    """

    error = assert_raise KeyError, fn -> Code.eval_string(code) end
    assert Exception.message(error) =~ "nope"
  end
end

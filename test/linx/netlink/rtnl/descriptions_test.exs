defmodule Linx.Netlink.Rtnl.DescriptionsTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Codec.Definition

  @modules ~r/^Linx\.Netlink\.Rtnl\.(Link|LinkInfo|Stats|Vlan)(\.|$)/

  test "every field of links, statistics and VLANs has a description" do
    {:ok, modules} = :application.get_key(:linx, :modules)

    codecs =
      for module <- modules,
          inspect(module) =~ @modules,
          Code.ensure_loaded?(module),
          function_exported?(module, :__codec__, 1),
          do: module

    assert length(codecs) > 100

    assert [] ==
             for(
               module <- codecs,
               row <- Definition.rows(module.__codec__(:definition)),
               row.text == nil,
               do: {module, row.name}
             )
  end
end

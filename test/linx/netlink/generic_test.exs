defmodule Linx.Netlink.GenericTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Generic.{Controller, Family, Header, Policy}
  alias Linx.Test.Captured

  # Bodies of replies of Linux 6.18.
  @family ~X"""
  01 02 00 00                                       # CTRL_CMD_NEWFAMILY, version 2
  0b 00 02 00  6e 6c 63 74 72 6c 00 00              # CTRL_ATTR_FAMILY_NAME
  06 00 01 00  10 00 00 00                          # CTRL_ATTR_FAMILY_ID
  08 00 03 00  02 00 00 00                          # CTRL_ATTR_VERSION
  08 00 04 00  00 00 00 00                          # CTRL_ATTR_HDRSIZE
  08 00 05 00  00 00 00 00                          # CTRL_ATTR_MAXATTR
  2c 00 06 00                                       # CTRL_ATTR_OPS
    14 00 01 00  08 00 01 00 03 00 00 00  08 00 02 00 0e 00 00 00
    14 00 02 00  08 00 01 00 0a 00 00 00  08 00 02 00 0c 00 00 00
  1c 00 07 00                                       # CTRL_ATTR_MCAST_GROUPS
    18 00 01 00  08 00 02 00 10 00 00 00  0b 00 01 00 6e 6f 74 69 66 79 00 00
  """

  @op_policies ~X"""
  0a 02 00 00
  06 00 01 00  10 00 00 00
  18 00 09 80                                       # CTRL_ATTR_OP_POLICY
    14 00 03 80  08 00 01 00 00 00 00 00  08 00 02 00 00 00 00 00
  """

  # The command that only lists: number 0.
  @listing_policy ~X"""
  0a 02 00 00
  06 00 01 00  10 00 00 00
  10 00 09 80  0c 00 00 80  08 00 02 00 01 00 00 00
  """

  @policy ~X"""
  0a 02 00 00
  06 00 01 00  10 00 00 00
  2c 00 08 80  28 00 00 80  24 00 01 80             # CTRL_ATTR_POLICY
    0c 00 04 00 00 00 00 00 00 00 00 00             # NL_POLICY_TYPE_ATTR_MIN_VALUE_U
    0c 00 05 00 ff ff 00 00 00 00 00 00
    08 00 01 00 03 00 00 00
  """

  test "a family" do
    assert %Family{
             id: 16,
             name: "nlctrl",
             version: 2,
             hdrsize: 0,
             maxattr: 0,
             ops: [
               %{id: 3, flags: [:cmd_cap_do, :cmd_cap_dump, :cmd_cap_haspol]},
               %{id: 10, flags: [:cmd_cap_dump, :cmd_cap_haspol]}
             ],
             mcast_groups: %{"notify" => 16}
           } = @family |> Family.Body.decode() |> Family.of()

    body = Family.Body.decode(@family)
    assert Family.Body.decode(Family.Body.encode(body)) == body
  end

  test "policies of a family" do
    parts = Enum.map([@op_policies, @listing_policy, @policy], &Policy.Part.decode/1)

    assert %Policy{
             commands: %{3 => %{do: 0, dump: 0}, 10 => %{dump: 1}},
             policies: %{0 => %{1 => %Policy.Attr{type: :u16, min: 0, max: 65_535, policy: nil}}}
           } = Policy.of(parts, Family.Body.decode(@family).ops)

    # Without the commands of the family.
    assert %{commands: %{0 => %{dump: 1}}} = Policy.of(parts, [])
  end

  test "bytes of any length, and unknown attributes" do
    for {module, bytes} <- [
          {Family.Body, @family},
          {Policy.Part, @op_policies},
          {Policy.Part, @listing_policy},
          {Policy.Part, @policy}
        ],
        do: Captured.check(module, bytes)
  end

  test "a declared family" do
    assert %{
             name: "nlctrl",
             version: 2,
             groups: ["notify"],
             commands: %{
               getfamily: %{id: 3, module: Family.Body, reply: Family.Body, dump: true},
               getpolicy: %{id: 10, module: Policy.Part}
             },
             events: [{1, Family.Body, :newfamily}, {2, Family.Body, :delfamily} | _]
           } = Controller.__family__()

    assert Header.encode(%Header{}) == <<0::32>>
  end

  test "a declaration that the kernel cannot have is refused" do
    for opts <- [
          [],
          [name: ""],
          [name: "sixteen_bytes_16"],
          [name: "a", version: 256],
          [name: "a", groups: [1]],
          [nam: "a"]
        ] do
      assert_raise ArgumentError, fn -> Family.head(opts) end
    end
  end
end

defmodule Linx.Netlink.Generic.FouTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Generic.Fou
  alias Linx.Test.Captured

  # Bodies of replies of Linux 7.2 to `ip fou show`.
  @direct ~X"""
  03 01 00 00 05 00 02 00 02 00 00 00 06 00 01 00 15 b3 00 00 06 00 0a 00 00 00 00 00
  05 00 03 00 2f 00 00 00 05 00 04 00 01 00 00 00 08 00 0b 00 00 00 00 00 08 00 06 00
  00 00 00 00 08 00 08 00 00 00 00 00
  """

  @gue ~X"""
  03 01 00 00 05 00 02 00 0a 00 00 00 06 00 01 00 15 b4 00 00 06 00 0a 00 00 00 00 00
  05 00 03 00 00 00 00 00 05 00 04 00 02 00 00 00 08 00 0b 00 00 00 00 00 14 00 07 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 14 00 09 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00
  """

  test "a receiver of each type" do
    assert %Fou{port: 5555, af: :inet, ipproto: :gre, type: :direct, ifindex: 0, peer_port: 0} =
             direct = Captured.check(Fou, @direct)

    assert to_string(direct.local_v4) == "0.0.0.0"

    assert %Fou{port: 5556, af: :inet6, ipproto: 0, type: :gue, remcsum_nopartial: nil} =
             gue = Captured.check(Fou, @gue)

    assert to_string(gue.peer_v6) == "::"
    assert Fou.encode(direct) |> Fou.decode() == direct
  end

  test "wrong input is an error before anything is sent" do
    assert Fou.add(:none, 0, []) == {:error, {:bad_option, :port, 0}}
    assert Fou.add(:none, 1, ipproto: :gree) == {:error, {:bad_option, :ipproto, :gree}}
    assert Fou.add(:none, 1, type: 3) == {:error, {:bad_option, :type, 3}}
    assert Fou.add(:none, 1, port: 2) == {:error, {:unknown_option, :port}}
    assert Fou.add(:none, 1, echo: true) == {:error, {:unknown_option, :echo}}
    assert Fou.add(:none, 1, local: "192.0.2") == {:error, {:bad_address, "192.0.2"}}
    assert Fou.add(:none, 1, dev: 0) == {:error, {:bad_option, :dev, 0}}
    assert Fou.get(:none, 1, type: :gue) == {:error, {:unknown_option, :type}}
    assert Fou.delete(:none, 1, ipproto: 4) == {:error, {:unknown_option, :ipproto}}
    assert Fou.list(:none, family: :inet) == {:error, {:unknown_option, :family}}
    assert Fou.list(:none) == {:error, {:send, :noproc}}
  end
end

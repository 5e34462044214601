defmodule Linx.ImportsTest do
  use ExUnit.Case, async: true

  import Linx.IP
  import Linx.MAC

  test "importing both value modules leaves interpolation and the sigils alone" do
    ip = sigil_IP(<<"10.0.0.5">>, [])
    mac = sigil_MAC(<<"02:aa:bb:cc:dd:ee">>, [])
    subnet = sigil_IP(<<"fd00::/8">>, [])

    assert "#{ip} #{mac} #{subnet} #{1} #{:a}" == "10.0.0.5 02:aa:bb:cc:dd:ee fd00::/8 1 a"
    assert ~s(<#{ip}>) == "<10.0.0.5>"
    assert ~w(#{mac} x) == ["02:aa:bb:cc:dd:ee", "x"]
    assert Kernel.to_string(mac) == "02:aa:bb:cc:dd:ee"
  end
end

defmodule Linx.Netlink.Generic.MacsecTest do
  # Messages as Linux 7.2 sent them.
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Generic.Macsec
  alias Linx.Netlink.Generic.Macsec.{RxSc, Sa, SaConfig}
  alias Linx.Test.Captured

  test "a link" do
    body = ~X"""
    00010000 08000100 0a000000 0c000900 05000100 00000000 6c000400 0c000100 425c05ec ee5c000b
    0c000400 01000001 00028000 05000500 10000000 05000800 01000000 05000600 01000000 05000700
    00000000 05000900 02000000 05000a00 01000000 05000b00 01000000 05000c00 00000000 05000d00
    00000000 05000200 00000000 34000700 0c000100 00000000 00000000 0c000200 00000000 00000000
    0c000300 00000000 00000000 0c000400 00000000 00000000 64000800 0c000100 00000000 00000000
    0c000200 00000000 00000000 0c000300 00000000 00000000 0c000400 00000000 00000000 0c000500
    00000000 00000000 0c000600 00000000 00000000 0c000700 00000000 00000000 0c000800 00000000
    00000000 48000500 44000100 14000600 08000600 00000000 08000700 00000000 05000100 00000000
    08000300 64000000 14000500 01000000 00000000 00000000 00000000 05000200 01000000 f8000600
    f4000100 05000200 01000000 0c000100 02000000 0007000b 7c000400 0c000100 00000000 00000000
    0c000200 00000000 00000000 0c000300 00000000 00000000 0c000400 00000000 00000000 0c000500
    00000000 00000000 0c000600 00000000 00000000 0c000700 00000000 00000000 0c000800 00000000
    00000000 0c000900 00000000 00000000 0c000a00 00000000 00000000 60000300 5c000100 2c000600
    08000100 00000000 08000200 00000000 08000300 00000000 08000400 00000000 08000500 00000000
    05000100 00000000 08000300 64000000 14000500 02000000 00000000 00000000 00000000 05000200
    01000000
    """

    assert %Macsec{ifindex: 10, secy: secy, offload: %{type: :off}} =
             macsec = Captured.check(Macsec, body)

    assert %{cipher_suite: :default, icv_len: 16, protect: true, encrypt: true, replay: false} =
             secy

    assert %{validate: :strict, inc_sci: true, es: false, scb: false, encoding_sa: 0} = secy

    assert [%Sa{an: 0, active: true, pn: 100, keyid: <<1, 0::120>>, stats: stats}] =
             macsec.txsa_list

    assert %{out_pkts_protected: 0, out_pkts_encrypted: 0, in_pkts_ok: nil} = stats

    assert [%RxSc{sci: 0x020000000007000B, active: true, sa_list: [%Sa{keyid: <<2, 0::120>>}]}] =
             macsec.rxsc_list

    assert inspect(macsec) ==
             "#Linx.Netlink.Generic.Macsec<ifindex=10 cipher=default tx_sas=1 rx_scs=1>"
  end

  test "keys are not shown" do
    sa = %SaConfig{an: 1, key: "0123456789abcdef", salt: "0123456789ab"}
    for value <- [sa, %Macsec{sa_config: sa}], do: refute(inspect(value) =~ "0123")

    message = %Linx.Netlink.Message{
      type: 20,
      payload: Macsec.encode(%Macsec{sa_config: sa}),
      codec: Macsec
    }

    refute inspect(message, limit: :infinity) =~ "0123"

    for field <- [:key, :salt] do
      wrong = Map.put(sa, field, {"0123"})
      error = assert_raise ArgumentError, fn -> SaConfig.encode(wrong) end
      refute Exception.message(error) =~ "0123"
    end
  end
end

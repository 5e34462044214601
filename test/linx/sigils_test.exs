defmodule Linx.SigilsTest do
  use ExUnit.Case, async: true

  import Linx.Sigils

  alias Linx.{IP, MAC, Sigils}
  alias Linx.IP.Subnet

  doctest Linx.Sigils

  test "~IP returns an address or, with a slash, a subnet" do
    assert sigil_IP(<<"10.0.0.5">>, []) == %IP{family: :inet, bytes: <<10, 0, 0, 5>>}
    assert sigil_IP(<<"::1">>, []) == %IP{family: :inet6, bytes: <<1::128>>}

    assert %Subnet{prefix: 24, address: %IP{bytes: <<10, 0, 0, 7>>}} =
             sigil_IP(<<"10.0.0.7/24">>, [])
  end

  test "~MAC returns an address" do
    assert sigil_MAC(<<"02:AA:bb:cc:dd:ee">>, []) == %MAC{bytes: <<0x02AABBCCDDEE::48>>}
  end

  test "both sigils can be used in a pattern" do
    assert sigil_IP(<<"10.0.0.5">>, []) = IP.decode(<<10, 0, 0, 5>>)
    refute match?(sigil_IP(<<"10.0.0.5">>, []), IP.decode(<<10, 0, 0, 6>>))
    assert sigil_MAC(<<"0:0:0:0:0:1">>, []) = MAC.decode(<<1::48>>)
    refute match?(sigil_MAC(<<"0:0:0:0:0:1">>, []), MAC.decode(<<2::48>>))
  end

  test "other text is refused at compile time, whichever module is imported" do
    ips = ["10.1", "10.0.0.1/33", "::1/129", "10.0.0.1/", "fe80::1%eth0", ""]

    for {sigil, modules, texts} <- [
          {"sigil_IP", [Sigils, IP], ips},
          {"sigil_MAC", [Sigils, MAC], ["02:aa", ""]}
        ],
        module <- modules,
        text <- texts do
      # The sigil is in a function that is not called: the compiler has to refuse it.
      code = ~s|import #{inspect(module)}; fn -> #{sigil}(<<"#{text}">>, []) end|
      message = ~r/#{Regex.escape(inspect(text))}/
      assert_raise ArgumentError, message, fn -> Code.eval_string(code) end
    end
  end

  test "the module exports the two sigils and their helper alone" do
    assert for({name, _arity} <- Sigils.__info__(:functions), do: name) == [:__ip__]
    assert Sigils.__info__(:macros) == [sigil_IP: 2, sigil_MAC: 2]
  end

  test "an import of Linx.Sigils conflicts with no function of the importing module" do
    code = """
    defmodule Linx.SigilsTest.Importing do
      import Linx.Sigils

      def run(ip), do: {parse(ip), to_string(ip), cast(ip), random()}
      def parse(_), do: sigil_IP(<<"::1">>, [])
      def cast(_), do: sigil_MAC(<<"0:0:0:0:0:1">>, [])
      def random, do: :mine
    end
    """

    [{module, _}] = Code.compile_string(code)
    assert module.run(:x) == {IP.parse!("::1"), "x", MAC.parse!("0:0:0:0:0:1"), :mine}
  end

  if Version.match?(System.version(), ">= 1.15.0") do
    test "both sigils can be written as literals, whichever module is imported" do
      for imports <- ["import Linx.Sigils", "import Linx.IP; import Linx.MAC"] do
        code = imports <> ~S|; {~IP"10.0.0.5", ~IP"fc00::/7", ~MAC"02:aa:bb:cc:dd:ee"}|
        {{ip, subnet, mac}, _} = Code.eval_string(code)
        assert ip == %IP{family: :inet, bytes: <<10, 0, 0, 5>>}
        assert %Subnet{prefix: 7} = subnet
        assert mac == %MAC{bytes: <<0x02AABBCCDDEE::48>>}
      end
    end
  end
end

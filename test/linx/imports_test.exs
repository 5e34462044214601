defmodule Linx.ImportsTest do
  use ExUnit.Case, async: true

  alias Linx.{IP, LinkAddress, MAC}

  # The modules of values.
  @values [IP, IP.Subnet, MAC, LinkAddress]

  # Compiled by the test: a conflict of names is a compile error.
  defp run!(code) do
    module = Module.concat(__MODULE__, "Importing#{System.unique_integer([:positive])}")

    Code.compile_string("""
    defmodule #{inspect(module)} do
      import Linx.IP
      import Linx.MAC

      def run do
        #{code}
      end
    end
    """)

    module.run()
  end

  test "importing both value modules does not affect to_string/1" do
    assert run!("""
           ip = sigil_IP(<<"10.0.0.5">>, [])
           mac = sigil_MAC(<<"02:aa:bb:cc:dd:ee">>, [])
           [to_string(ip), to_string(mac), to_string(:a), Enum.map([ip, 1], &to_string/1)]
           """) == ["10.0.0.5", "02:aa:bb:cc:dd:ee", "a", ["10.0.0.5", "1"]]
  end

  test "importing both value modules does not affect interpolation and the sigils" do
    assert run!(~S"""
           ip = sigil_IP(<<"10.0.0.5">>, [])
           mac = sigil_MAC(<<"02:aa:bb:cc:dd:ee">>, [])
           subnet = sigil_IP(<<"fd00::/8">>, [])
           {"#{ip} #{mac} #{subnet} #{1} #{:a}", ~s(<#{ip}>), ~w(#{mac} x)}
           """) ==
             {"10.0.0.5 02:aa:bb:cc:dd:ee fd00::/8 1 a", "<10.0.0.5>", ["02:aa:bb:cc:dd:ee", "x"]}
  end

  test "no imported function of a value module has the name of a function or macro of Kernel" do
    kernel = Kernel.__info__(:functions) ++ Kernel.__info__(:macros)

    for module <- @values do
      imported = module.__info__(:functions) ++ module.__info__(:macros)
      assert {module, imported -- imported -- kernel} == {module, []}
    end
  end

  test "a function that is not imported can be called, and is documented" do
    for module <- @values do
      assert Code.ensure_loaded?(module)
      assert function_exported?(module, :to_string, 1)
      {:docs_v1, _, _, _, _, _, docs} = Code.fetch_docs(module)
      assert {_, _, _, %{"en" => _}, _} = List.keyfind(docs, {:function, :to_string, 1}, 0)
    end
  end

  test "the other functions of a value module are imported" do
    for {module, functions} <- [
          {IP, [parse: 1, encode: 1, decode: 1]},
          {MAC, [parse: 1, encode: 1, decode: 1]},
          {IP.Subnet, [parse: 1, contains?: 2, network: 1, broadcast: 1]}
        ] do
      assert functions -- module.__info__(:functions) == []
    end
  end
end

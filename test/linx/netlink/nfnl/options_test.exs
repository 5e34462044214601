defmodule Linx.Netlink.Nfnl.OptionsTest do
  # Options of the functions of netfilter that send a request.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Nfnl
  alias Linx.Netlink.Nfnl.{Conntrack, Nft}

  # Options are checked before the target is used.
  @no_socket "no socket"

  # Each function that sends, with the arguments between socket and options.
  defp functions do
    {:ok, tuple} = Conntrack.Tuple.new("10.0.0.1", "10.0.0.2", :tcp, 1, 2)
    entry = %Conntrack{tuple_orig: tuple}
    set = %Nft.Set{family: :ip, table: "t", name: "s"}
    message = Nft.add(%Nft.Table{family: :ip, name: "t"})

    %{
      {Nfnl, :batch} => [[message], :nftables],
      {Nfnl.Codec, :get_gen} => [],
      {Nft, :tables} => [],
      {Nft, :chains} => [],
      {Nft, :rules} => [],
      {Nft, :sets} => [],
      {Nft, :objects} => [],
      {Nft, :flowtables} => [],
      {Nft, :elements} => [set],
      {Conntrack, :list} => [],
      {Conntrack, :get} => [tuple],
      {Conntrack, :create} => [entry],
      {Conntrack, :update} => [entry],
      {Conntrack, :delete} => [entry],
      {Conntrack, :flush} => [],
      {Conntrack, :count} => [],
      {Conntrack, :stats} => []
    }
  end

  defp call({module, name}, arguments, opts),
    do: apply(module, name, [@no_socket] ++ arguments ++ [opts])

  test "every function whose first argument is a target is tested here" do
    {:ok, modules} = :application.get_key(:linx, :modules)

    sending =
      for module <- modules,
          inspect(module) =~ ~r/^Linx\.Netlink\.Nfnl\b/,
          {:docs_v1, _, _, _, doc, _, _} = Code.fetch_docs(module),
          doc != :hidden,
          {:ok, specs} = Code.Typespec.fetch_specs(module),
          {{name, _arity}, [spec | _]} <- specs,
          target?(spec),
          uniq: true,
          do: {module, name}

    assert Enum.sort(sending) == Enum.sort(Map.keys(functions()))
  end

  test "every function that sends takes :timeout" do
    for {function, arguments} <- functions() do
      for bad <- [-1, :soon, 1.5, nil] do
        assert {function, call(function, arguments, timeout: bad)} ==
                 {function, {:error, {:bad_timeout, bad}}}
      end

      assert {function, call(function, arguments, timeout: 5)} ==
               {function, {:error, {:bad_target, @no_socket}}}
    end
  end

  test "an unknown option, or a list that is no keyword list, is an error of every function" do
    for {function, arguments} <- functions(),
        {opts, key} <- [{[timeouts: 5], :timeouts}, {[:timeout], :timeout}, {[{"x", 1}], "x"}] do
      assert {function, call(function, arguments, opts)} ==
               {function, {:error, {:unknown_option, key}}}
    end
  end

  defp target?({:type, _, :bounded_fun, [fun, _]}), do: target?(fun)

  defp target?({:type, _, :fun, [{:type, _, :product, [first | _]}, _]}),
    do: match?({:remote_type, _, [_, {:atom, _, :target}, []]}, first)

  defp target?(_spec), do: false
end

defmodule Linx.Netlink.Codec.LoadingTest do
  # Not async: it traces all processes.
  use ExUnit.Case

  alias Linx.Netlink.Codec.{Cache, Schema}

  defmodule Late do
    use Linx.Netlink.Codec

    codec do
      header do
        field :number, :u32
      end

      attr 1, :name, :string
    end
  end

  test "a schema that many processes need at once is made once" do
    {:module, _} = Code.ensure_loaded(Schema)
    :erlang.trace(:all, true, [:call])
    :erlang.trace_pattern({Schema, :describe, 2}, true, [:global])

    results =
      1..500
      |> Task.async_stream(fn n -> Late.encode(%Late{number: n, name: "a"}) end,
        max_concurrency: 500,
        timeout: :infinity
      )
      |> Enum.map(fn {:ok, bytes} -> Late.decode(bytes).number end)

    :erlang.trace_pattern({Schema, :describe, 2}, false, [:global])
    :erlang.trace(:all, false, [:call])
    delivered = :erlang.trace_delivered(:all)
    assert_receive {:trace_delivered, :all, ^delivered}

    assert results == Enum.to_list(1..500)
    assert_received {:trace, _, :call, {Schema, :describe, [Late, []]}}
    refute_received {:trace, _, :call, {Schema, :describe, [Late, _]}}
    assert Process.whereis(Module.concat(Cache, Loader)) == nil
  end
end

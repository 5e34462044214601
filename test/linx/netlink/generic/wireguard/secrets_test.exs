defmodule Linx.Netlink.Generic.WireGuard.SecretsTest do
  # Keys in the logs of processes that crash. Not async: the log is that of the VM.
  use ExUnit.Case

  import ExUnit.CaptureLog
  import Linx.Test.KeySearch, only: [shows?: 2]

  alias Linx.Netlink.{Batch, Message, Options}
  alias Linx.Netlink.Generic.WireGuard
  alias Linx.Netlink.Generic.WireGuard.{Key, Peer}
  alias Linx.Netlink.Request.Call

  defmodule Server do
    use GenServer

    def init(state), do: {:ok, state}
    def handle_call({:only, _}, _from, state), do: {:reply, :ok, state}
  end

  setup do
    [private, preshared] = keys = [key(1), key(2)]

    device = %WireGuard{
      ifindex: 2,
      private_key: private,
      peers: [%Peer{public_key: Key.public(Key.generate()), preshared_key: preshared}]
    }

    given = [
      private_key: private,
      peers: [[public_key: Key.generate(), preshared_key: preshared]]
    ]

    {:ok, options} = Options.cast(WireGuard.__options__(), given)
    {:ok, request} = WireGuard.Request.new(2, options, :no_socket, [])

    payload = WireGuard.Request.encode(request)
    message = %Message{type: 42, payload: payload, codec: WireGuard.Request}
    {:ok, gathered} = Batch.gather(42, 0, request, [])

    call = %Call{
      sock: nil,
      conn: nil,
      type: 42,
      flags: 0,
      payload: payload,
      codec: WireGuard.Request,
      timeout: 1,
      dump_retries: 0
    }

    terms = [given, device, options, request, message, gathered, [{:ok, gathered}], call]
    %{keys: keys, terms: terms, payload: payload}
  end

  # Of bytes that are no UTF-8, so that each is inspected by itself.
  defp key(seed),
    do: %Key{bytes: for(n <- 1..32, into: <<>>, do: <<0x80 + rem(n * (36 + seed), 64)>>)}

  defp clean(text, keys), do: for(key <- keys, do: refute(shows?(text, key.bytes)))

  # A function that no term matches: the crash report has its arguments.
  def none(:none, _term), do: :ok

  test "the test finds the keys in bytes", %{keys: keys, payload: payload} do
    for key <- keys,
        text <- [
          payload,
          inspect(payload, limit: :infinity),
          inspect(%{a: Key.to_string(key)}),
          Base.encode16(key.bytes, case: :lower),
          inspect(key.bytes, binaries: :as_strings, limit: :infinity),
          inspect(:binary.bin_to_list(key.bytes), limit: :infinity, charlists: :as_lists)
        ],
        do: assert(shows?(text, key.bytes))
  end

  test "no term that holds keys shows them", %{keys: keys, terms: terms} do
    for term <- terms,
        opts <- [[], [limit: :infinity, printable_limit: :infinity], [pretty: true, width: 10]],
        do: clean(inspect(term, opts), keys)
  end

  test "a process that crashes does not log keys", %{keys: keys, terms: terms} do
    for term <- terms do
      log =
        capture_log(fn ->
          {:ok, pid} = GenServer.start(Server, term)
          catch_exit(GenServer.call(pid, {:other, term}))
          {_, ref} = spawn_monitor(fn -> none(term, term) end)
          assert_receive {:DOWN, ^ref, :process, _, _}
          {:ok, task} = Task.start(__MODULE__, :none, [term, 1])
          ref = Process.monitor(task)
          assert_receive {:DOWN, ^ref, :process, _, _}
          Process.sleep(20)
        end)

      assert log =~ "none"
      clean(log, keys)
    end
  end

  test "an error that is raised does not show keys", %{keys: keys, terms: terms} do
    for term <- terms do
      try do
        none(term, term)
      rescue
        error ->
          {blamed, stack} = Exception.blame(:error, error, __STACKTRACE__)
          clean(Exception.format(:error, blamed, stack), keys)
      end
    end
  end

  # The verbs have no clause that wrong options miss.
  test "wrong options that are texts of keys are in no error", %{keys: [key | _] = keys} do
    text = Key.to_string(key)

    for opts <- [text, [text], [{text, text}], [private_key: text <> "\n"], [peers: text]],
        link <- ["wg0", nil],
        do: clean(inspect(WireGuard.set(:no_socket, link, opts)), keys)

    for fun <- [&Key.public/1, &Key.to_string/1] do
      error = assert_raise ArgumentError, fn -> fun.(text) end
      clean(Exception.message(error), keys)
    end
  end
end
